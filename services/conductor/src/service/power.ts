import { createHash, randomUUID } from 'node:crypto';
import type { PowerServiceImplementation } from '@consolemesh/contracts/conductor';
import { BootDevice, PowerAction, type PowerState } from '@consolemesh/contracts/driver';
import { MeshError } from '@consolemesh/errors';
import { chooseDriver } from '../domain/choose-driver.ts';
import { accessOf, type Node, type NodeAccess } from '../domain/node.ts';
import type { DriverPort } from '../plugins/driver-adapter.ts';
import { reducedError } from '../wire/reduced.ts';
import { callerIn } from './caller.ts';
import { type Allowed, requireNode, type ServiceContext } from './context.ts';

/** An operation that has been running for longer was lost with its conductor and is made again; the driver knows its id. */
const lostAfterMs = 90_000;

/** conductor.v1 PowerService. */
export function createPowerService(context: ServiceContext): PowerServiceImplementation {
  return {
    async getPower(request, call) {
      const found = await requireNode(context.store, request.node, callerIn(call), 'power.read');
      return { state: await atMachine(context, found, (port, access) => port.getPower(access)) };
    },
    async setPower(request, call) {
      if (request.action === PowerAction.UNSPECIFIED) throw required('action', 'say what to do');
      const found = await requireNode(context.store, request.node, callerIn(call), 'power.set');
      const state = await once(
        context,
        found,
        request.operationId,
        ['power', request.action],
        (port, access, id) => port.setPower(access, request.action, id),
      );
      return { state };
    },
    async setBootDevice(request, call) {
      if (request.device === BootDevice.UNSPECIFIED) throw required('device', 'say where to start from');
      const found = await requireNode(context.store, request.node, callerIn(call), 'power.boot-device');
      await once(context, found, request.operationId, ['boot', request.device], async (port, access, id) => {
        await port.setBootDevice(access, request.device, id);
        return 0;
      });
      return {};
    },
  };
}

/** Does something once for an operation id: its result is remembered for a day, and an id that runs is not run beside itself. */
async function once(
  context: ServiceContext,
  found: Allowed,
  givenId: string,
  what: readonly unknown[],
  run: (port: DriverPort, access: NodeAccess, operationId: string) => Promise<PowerState>,
): Promise<PowerState> {
  const { node } = found;
  if (givenId.length > 64) throw required('operation_id', 'expected at most 64 characters');
  const operationId = givenId || randomUUID();
  const request = createHash('sha256').update(JSON.stringify(what)).digest('base64url');
  const known = await context.store.write((unit) =>
    unit.beginOperation({ nodeId: node.id, operationId, request }),
  );
  if (known) {
    if (known.request !== request) throw required('operation_id', 'this id was used for another operation');
    if (known.result) return known.result.state as PowerState;
    if ((await context.store.now()) - known.createdAt < lostAfterMs)
      throw new MeshError('OPERATION_IN_FLIGHT');
  }
  try {
    const state = await atMachine(context, found, (port, access) => run(port, access, operationId));
    await context.store.write((unit) => unit.finishOperation(node.id, operationId, { state }));
    return state;
  } catch (error) {
    // Failed is not done: the same id may try again.
    await context.store.write((unit) => unit.finishOperation(node.id, operationId, undefined));
    throw error;
  }
}

/** Asks the driver. What it says about the machine is not for somebody who sees a reduced node. */
async function atMachine<T>(
  context: ServiceContext,
  { node, reduced }: Allowed,
  ask: (port: DriverPort, access: NodeAccess) => Promise<T>,
): Promise<T> {
  try {
    const { port, access } = await powerDriver(context, node);
    return await ask(port, access);
  } catch (error) {
    throw reduced ? reducedError(error) : error;
  }
}

async function powerDriver(
  context: ServiceContext,
  node: Node,
): Promise<{ port: DriverPort; access: NodeAccess }> {
  const access = accessOf(node);
  const candidates = context.plugins.candidates(access, undefined, false);
  const { driver } = await chooseDriver('power', node.interfaces.power, candidates);
  return { port: context.plugins.driver(driver).port, access };
}

function required(field: string, message: string): MeshError {
  return new MeshError('FIELD_INVALID', `${field}: ${message}`, {
    violations: [{ field, reason: 'FIELD_INVALID', message }],
  });
}
