import { COMPLETION } from '../codec/status.ts';
import { activatePayload } from '../commands/activate-payload.ts';
import { getAuthCapabilities } from '../commands/auth-capabilities.ts';
import {
  BOOT_PARAMETER,
  type BootFlags,
  encodeBootFlags,
  getBootOption,
  parseBootFlags,
  setBootOption,
} from '../commands/boot-options.ts';
import { chassisControl } from '../commands/chassis-control.ts';
import { getChassisStatus } from '../commands/chassis-status.ts';
import { encodeSuiteRecords, getCipherSuites, SUITES_PART_BYTES } from '../commands/cipher-suites.ts';
import { closeSession } from '../commands/close-session.ts';
import { deactivatePayload } from '../commands/deactivate-payload.ts';
import { type DeviceId, getDeviceId } from '../commands/device-id.ts';
import { SOL_INSTANCE, SOL_PAYLOAD } from '../commands/payload.ts';
import { getPayloadInstance } from '../commands/payload-instance.ts';
import { getPayloadActivation } from '../commands/payload-status.ts';
import { getPayloadSupport } from '../commands/payload-support.ts';
import { getSessionInfo } from '../commands/session-info.ts';
import { PRIVILEGE, setSessionPrivilege } from '../commands/set-privilege.ts';
import { algorithmsOf } from '../crypto/suites.ts';
import type { Quirks } from '../quirks.ts';
import { Completion, type Handler, handler } from './handlers.ts';
import type { Chassis } from './options.ts';
import type { BmcSession, SessionTable } from './sessions.ts';
import type { SolEndpoint } from './sol-endpoint.ts';

export interface StandardOptions {
  kgSet: boolean;
  suites: readonly number[];
  listsSuites: boolean;
  deviceId: DeviceId;
  chassis: Chassis;
  maxSessions: number;
  quirks: Quirks;
}

const { user, operator, administrator } = PRIVILEGE;

/** The commands without which no console gets anywhere. */
export function standardHandlers(
  options: StandardOptions,
  sessions: SessionTable,
  sol: SolEndpoint,
): Handler[] {
  return [
    ...discoveryHandlers(options),
    ...sessionHandlers(options, sessions),
    ...payloadHandlers(sol),
    ...chassisHandlers(options.chassis),
  ];
}

function discoveryHandlers({ kgSet, suites, listsSuites, deviceId, quirks }: StandardOptions): Handler[] {
  return [
    handler(getAuthCapabilities, 0, ({ v2 }) => ({
      channel: 1,
      v2,
      types: 0,
      kgSet: v2 && kgSet,
      perMessageDisabled: false,
      userLevelDisabled: false,
      namedUsers: true,
      emptyNames: false,
      anonymous: false,
      // A BMC that says nonsense here is what the quirk authcap is for.
      ipmi2: v2 && !quirks.skipCapabilities,
      ipmi15: false,
      oem: 0,
      oemData: 0,
    })),
    handler(getCipherSuites, 0, ({ index }) => {
      if (!listsSuites) throw new Completion(COMPLETION.invalidCommand);
      const records = suites.map((id) => ({ id, ...algorithmsOf(id) }));
      const at = index * SUITES_PART_BYTES;
      return { channel: 1, part: encodeSuiteRecords(records).subarray(at, at + SUITES_PART_BYTES) };
    }),
    handler(getDeviceId, user, () => deviceId),
  ];
}

function sessionHandlers({ maxSessions }: StandardOptions, sessions: SessionTable): Handler[] {
  return [
    handler(setSessionPrivilege, 1, ({ privilege }, { session }) => {
      const mine = present(session);
      if (privilege > mine.maxPrivilege) throw new Completion(0x81);
      if (privilege > 0) mine.privilege = privilege;
      return { privilege: mine.privilege };
    }),
    handler(closeSession, 1, ({ sessionId }, { session }) => {
      const target = sessions.get(sessionId);
      if (target === undefined) throw new Completion(0x87);
      if (target !== session && present(session).privilege < administrator) {
        throw new Completion(COMPLETION.insufficientPrivilege);
      }
      // After the answer, which this session's own keys protect.
      queueMicrotask(() => sessions.remove(target, 'closed'));
      return {};
    }),
    handler(getSessionInfo, user, ({ sessionId }) => {
      const all = sessions.all();
      const index = all.findIndex(({ id }) => id === sessionId);
      const found = all[index];
      const head = { handle: index + 1, maxSessions, activeSessions: all.length };
      if (found === undefined) return { ...head, handle: 0 };
      const [, address, port] = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(found.from) ?? [];
      const { user: who, privilege } = found;
      return {
        ...head,
        session: {
          user: who.id,
          privilege,
          channel: 1,
          ...(address !== undefined && { address, port: Number(port) }),
        },
      };
    }),
  ];
}

function payloadHandlers(sol: SolEndpoint): Handler[] {
  const onlySol = ({ payloadType, instance }: { payloadType: number; instance: number }) => {
    if (payloadType !== SOL_PAYLOAD || instance !== SOL_INSTANCE)
      throw new Completion(COMPLETION.invalidField);
  };
  return [
    handler(activatePayload, user, (request, { session }) => {
      onlySol(request);
      return sol.activate(present(session), request);
    }),
    handler(deactivatePayload, user, (request, { session }) => {
      onlySol(request);
      sol.deactivate(session);
      return {};
    }),
    handler(getPayloadActivation, user, () => ({ capacity: 1, active: sol.owner === undefined ? 0 : 1 })),
    handler(getPayloadInstance, user, (request) => {
      onlySol(request);
      return { owner: sol.owner?.id ?? 0, information: Buffer.from([1]) };
    }),
    handler(getPayloadSupport, user, () => ({ standard: 0x0003, setup: 0x003f, oem: 0 })),
  ];
}

function chassisHandlers(chassis: Chassis): Handler[] {
  return [
    handler(getChassisStatus, user, () => ({
      powerOn: chassis.powerOn(),
      overload: false,
      interlock: false,
      powerFault: false,
      controlFault: false,
      restorePolicy: 'previous' as const,
      lastEvent: 0,
      miscellaneous: 0,
    })),
    handler(chassisControl, operator, async ({ action }) => {
      await chassis.control(action);
      return {};
    }),
    handler(setBootOption, operator, ({ parameter, data }) => {
      if (parameter === BOOT_PARAMETER.flags) {
        if (chassis.setBootFlags === undefined) throw new Completion(0x80);
        chassis.setBootFlags(parseBootFlags(data));
      }
      // The parameters around the flags (progress, acknowledge, clearing) change nothing that could be seen.
      return {};
    }),
    handler(getBootOption, operator, ({ parameter }) => {
      const none: BootFlags = { valid: false, persistent: false, uefi: false, device: 'none' };
      const data =
        parameter === BOOT_PARAMETER.flags
          ? encodeBootFlags(chassis.bootFlags?.() ?? none)
          : Buffer.from([0, 0]);
      return { parameter, invalid: false, data };
    }),
  ];
}

function present(session: BmcSession | undefined): BmcSession {
  if (session === undefined) throw new Completion(COMPLETION.insufficientPrivilege);
  return session;
}
