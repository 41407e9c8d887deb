import type { ConsoleCall, Driver } from '@consolemesh/driver-sdk';
import { createTransport, pingBmc } from '@consolemesh/ipmi';
import type { Logger } from '@consolemesh/mesh';
import { inWords } from './in-words.ts';
import { createLearnedQuirks } from './learned-quirks.ts';
import type { Access } from './login.ts';
import { decodeMark, endRemains } from './mark.ts';
import { createLines } from './open-line.ts';
import {
  type IpmiInfo,
  type IpmiNode,
  type IpmiSecrets,
  inspectOptions,
  options,
  whereOf,
} from './options.ts';
import { askOwner, ownerInWords } from './owner.ts';
import { parseQuirks } from './parse-quirks.ts';
import { bootOnce, readPower, setPower } from './power.ts';
import { requireSol } from './require-sol.ts';
import type { Timings } from './timings.ts';
import { withLogin, withSession } from './with-session.ts';

/** Quirks of BMCs that do not say in advance what they can. */
const silentQuirks: readonly string[] = ['authcap', 'i82571spt'];

/** The serial console of any machine whose BMC speaks IPMI 2.0, without a process and without a port for it. */
export function createIpmiSolDriver(parts: {
  readonly timings: Timings;
  readonly logger: Logger;
}): Driver<IpmiInfo, IpmiSecrets> {
  const transport = createTransport();
  const access: Access = { transport, timings: parts.timings, learned: createLearnedQuirks() };
  const lines = createLines({ ...access, logger: parts.logger });
  const power = { ...access, lines };

  /** Whether a BMC is there that speaks IPMI 2.0, without logging in. */
  async function ping(node: IpmiNode, signal: AbortSignal): Promise<void> {
    const { ipmi_address: host, ipmi_port: port } = node.info;
    if (parseQuirks(node.info.ipmi_quirks).names.some((name) => silentQuirks.includes(name))) return;
    try {
      const { answerMs } = parts.timings;
      await pingBmc({ host, port, transport, signal, answerMs });
    } catch (error) {
      throw inWords(error, node);
    }
  }

  const mark = ({ state }: Pick<ConsoleCall, 'state'>) => decodeMark(state);

  return {
    options,
    consoles: [{ kind: 'serial', endpointKinds: ['relay'], affinity: 'instance', takesBreak: true }],
    fields: {
      BMC_NAME_NOT_FOUND: 'driver_info.ipmi_address',
      BMC_UNREACHABLE: 'driver_info.ipmi_address',
      BMC_TIMEOUT: 'driver_info.ipmi_address',
      BMC_REFUSED: 'driver_info.ipmi_port',
      BMC_PROTOCOL_ERROR: 'driver_info.ipmi_port',
      BMC_CONSOLE_DISABLED: 'driver_info.ipmi_username',
      BMC_PASSWORD_REQUIRED: 'driver_secrets.ipmi_password',
      BMC_AUTHENTICATION_FAILED: 'driver_secrets.ipmi_password',
    },
    inspect: inspectOptions,
    bmcOf: whereOf,
    credentialsOf: ({ info, secrets }) => ({
      'driver_info.ipmi_username': [info.ipmi_username, info.ipmi_priv_level, secrets.ipmi_password],
      'driver_secrets.ipmi_password': [info.ipmi_username, secrets.ipmi_password],
      'driver_secrets.ipmi_hex_kg_key': [secrets.ipmi_hex_kg_key],
    }),

    async validate(node, _kinds, signal) {
      await ping(node, signal);
      await withLogin(node, access, signal, (session) => requireSol(session, signal));
      return [];
    },

    async start(call, signal) {
      const { node } = call;
      return withLogin(node, access, signal, async (session) => {
        await endRemains(session, mark(call), signal);
        await requireSol(session, signal);
        const owner = await askOwner(session, signal);
        const now = owner ? ` At the moment ${ownerInWords(owner)} has it.` : '';
        return {
          kind: 'relay' as const,
          why: `The BMC at ${whereOf(node)} accepts the login (cipher suite ${session.info.suite}) and offers its serial console.${now}`,
          hold: node.info.ipmi_sol_hold,
        };
      });
    },

    // A console that is open here has been closed before; what another instance left behind is in its state.
    nothingToStop: (call) => mark(call) === undefined,
    stopIsLocal: true,
    async stop(call, signal) {
      const brief = AbortSignal.any([signal, AbortSignal.timeout(parts.timings.stopMs)]);
      try {
        await withLogin(call.node, access, brief, (session) => endRemains(session, mark(call), brief));
      } catch (error) {
        signal.throwIfAborted();
        // Nobody shall have to wait for a machine to be mended before its console can be ended: the BMC forgets the session by itself.
        parts.logger.warn(
          { err: error, where: whereOf(call.node) },
          'a session may stand for another minute',
        );
      }
    },

    check: ({ node }, signal) => ping(node, signal),
    openLine: lines.open,

    power: {
      get: (node, signal) => withSession(node, power, signal, (session) => readPower(session, signal)),
      set: (node, action, signal) =>
        withSession(node, power, signal, (session) => setPower(session, action, signal)),
    },
    setBootDevice: (node, device, signal) =>
      withSession(node, power, signal, (session) => bootOnce(session, device, signal)),

    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
    },
  };
}
