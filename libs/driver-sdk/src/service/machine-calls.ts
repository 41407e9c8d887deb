import type { DriverServiceImplementation } from '@consolemesh/contracts/driver';
import { MeshError, violationsError } from '@consolemesh/errors';
import type { Driver } from '../driver.ts';
import type { GenerationGate } from '../generation-gate.ts';
import type { ConsoleLogs } from '../record/open-console-logs.ts';
import type { RelayDoor } from '../relay/relay-door.ts';
import { bootDevices, powerActions, powerStates } from '../words.ts';
import type { ConsoleLife, StopResult } from './console-life.ts';
import type { Incarnation } from './incarnation.ts';
import { createOperations } from './operations.ts';
import type { CallReader } from './read-calls.ts';
import { readConsoleLog } from './read-console-log.ts';

/** Largest picture, as the contract says. */
const maxImageBytes = 3 * 1024 * 1024;

/** The capability-gated part of driver.v1: power, boot device, break, picture, log. */
export function machineCalls(parts: {
  driver: Driver;
  reader: CallReader;
  life: ConsoleLife;
  gate: GenerationGate<Incarnation, StopResult>;
  door: RelayDoor;
  now: () => number;
  logs?: ConsoleLogs | undefined;
}): Pick<
  DriverServiceImplementation,
  'getPowerState' | 'setPowerState' | 'setBootDevice' | 'sendSerialBreak' | 'captureScreen' | 'readConsoleLog'
> {
  const { driver, reader, life, gate, door } = parts;
  const operations = createOperations(parts.now);

  function ofSerial(context: Parameters<CallReader['context']>[0]) {
    const { call } = reader.context(context);
    if (call.kind === 'serial') return call;
    throw violationsError([
      { field: 'context.kind', reason: 'FIELD_INVALID', message: 'is graphical; expected serial' },
    ]);
  }

  /** The incarnation that stands here, or what came with the call. */
  function serialCall(context: Parameters<CallReader['context']>[0]) {
    const call = ofSerial(context);
    const seen = gate.find(call.consoleId);
    if (seen && seen.generation > call.generation) throw new MeshError('STALE_GENERATION');
    const held = seen?.phase === 'started' ? seen.incarnation?.call : undefined;
    const affinity = driver.consoles.find((console) => console.kind === 'serial')?.affinity;
    if (!held && (affinity === 'instance' || call.state.length === 0)) throw new MeshError('NOT_HELD');
    return held ?? call;
  }

  return {
    async getPowerState(request, { signal }) {
      const { power } = driver;
      if (!power) throw missing('read the power state');
      const node = reader.validNode(request.node);
      return { state: powerStates.number(await life.reach(node, () => power.get(node, signal), { signal })) };
    },

    async setPowerState(request, { signal }) {
      const { power } = driver;
      if (!power) throw missing('set the power state');
      const node = reader.validNode(request.node);
      const action = powerActions.require(request.action, 'action');
      const state = await operations.once(node.id, request.operationId, action, () =>
        life.reach(node, () => power.set(node, action, signal), { signal }),
      );
      return { state: powerStates.number(state) };
    },

    async setBootDevice(request, { signal }) {
      if (!driver.setBootDevice) throw missing('set the boot device');
      const node = reader.validNode(request.node);
      const device = bootDevices.require(request.device, 'device');
      await operations.once(node.id, request.operationId, `boot ${device}`, () =>
        life.reach(node, () => driver.setBootDevice!(node, device, signal), { signal }),
      );
      return {};
    },

    async sendSerialBreak(request, { signal }) {
      if (!sendsBreaks(driver)) throw missing('send a break');
      const call = serialCall(request.context);
      const hub = door.hub(call.consoleId);
      if (hub) {
        await hub.sendBreak(signal);
        return {};
      }
      if (!driver.sendBreak) throw missing('send a break on this console');
      await life.reach(call.node, () => driver.sendBreak!(call, signal), { signal });
      return {};
    },

    async captureScreen(request, { signal }) {
      if (!driver.captureScreen) throw missing('take a picture of the screen');
      const node = reader.validNode(request.node);
      const picture = await life.reach(node, () => driver.captureScreen!(node, signal), { signal });
      if (picture.image.length > maxImageBytes) {
        throw new MeshError(
          'PLUGIN_ANSWER_INVALID',
          `The picture has ${picture.image.length} bytes; at most ${maxImageBytes} are allowed.`,
        );
      }
      return picture;
    },

    readConsoleLog: (request, { signal }) =>
      readConsoleLog({ ...parts, held: serialCall, ofSerial }, request, signal),
  };
}

/** Whether the driver or its lines can. */
export function sendsBreaks({ sendBreak, consoles }: Driver): boolean {
  return sendBreak !== undefined || consoles.some(({ takesBreak }) => takesBreak === true);
}

function missing(what: string): MeshError {
  return new MeshError('CAPABILITY_MISSING', `This driver cannot ${what}.`);
}
