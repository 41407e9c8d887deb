import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { BootDevice, PowerAction, PowerState } from '@consolemesh/contracts/driver';
import { Capability } from '@consolemesh/contracts/plugin';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { attachClient } from '../attach-client.ts';
import { applies, type Case, repetitions } from '../case.ts';
import { expectFailure, expectFields } from '../expect-failure.ts';
import { watchStream } from '../watcher.ts';
import type { DriverEnv } from './environment.ts';
import { nodeOf } from './option-cases.ts';

/** Calls that a capability stands for. */
export const machineCases: Case<DriverEnv>[] = [
  {
    title: 'DRV-CAP-2 a call whose capability is not advertised is refused with CAPABILITY_MISSING',
    async run(env) {
      const node = nodeOf(env.subject.node);
      const { context } = env.request({ kind: env.kinds.at(-1)! });
      const calls: [Capability, () => Promise<unknown>][] = [
        [Capability.POWER, () => env.driver.getPowerState({ node })],
        [
          Capability.POWER,
          () => env.driver.setPowerState({ node, action: PowerAction.ON, operationId: 'x' }),
        ],
        [
          Capability.BOOT_DEVICE,
          () => env.driver.setBootDevice({ node, device: BootDevice.PXE, operationId: 'x' }),
        ],
        [Capability.SERIAL_BREAK, () => env.driver.sendSerialBreak({ context })],
        [Capability.SCREENSHOT, () => env.driver.captureScreen({ node })],
        [Capability.CONSOLE_LOG, () => readAll(env.driver.readConsoleLog({ context }))],
      ];
      const missing = calls.filter(([capability]) => !env.can(capability));
      applies(missing.length > 0, 'the driver advertises every capability');
      for (const [, call] of missing) await expectFailure(call(), 'CAPABILITY_MISSING');
    },
  },
  {
    title: 'DRV-POWER-1 the power state is read',
    async run(env) {
      applies(env.can(Capability.POWER), 'no CAPABILITY_POWER');
      const { state } = await env.driver.getPowerState({ node: nodeOf(env.subject.node) });
      assert(Object.values(PowerState).includes(state));
    },
  },
  {
    title: 'DRV-POWER-2 the same operation id does it once and gets the same answer',
    async run(env) {
      applies(env.can(Capability.POWER), 'no CAPABILITY_POWER');
      const node = nodeOf(env.subject.node, randomUUID());
      const off = { node, action: PowerAction.OFF, operationId: randomUUID() };
      const first = await env.driver.setPowerState(off);
      await env.driver.setPowerState({ node, action: PowerAction.ON, operationId: randomUUID() });
      for (let i = 0; i < repetitions; i += 1) assert.deepEqual(await env.driver.setPowerState(off), first);
      assert.equal(
        (await env.driver.getPowerState({ node })).state,
        PowerState.ON,
        'a repeated call switched the machine off again',
      );
    },
  },
  {
    title: 'DRV-POWER-3 an action without an operation id, or none at all, is refused',
    async run(env) {
      applies(env.can(Capability.POWER), 'no CAPABILITY_POWER');
      const node = nodeOf(env.subject.node);
      const without = env.driver.setPowerState({ node, action: PowerAction.ON });
      expectFields(await expectFailure(without, 'FIELD_REQUIRED'), 'operation_id');
      const nothing = env.driver.setPowerState({
        node,
        action: PowerAction.UNSPECIFIED,
        operationId: randomUUID(),
      });
      expectFields(await expectFailure(nothing, 'FIELD_REQUIRED'), 'action');
    },
  },
  {
    title: 'DRV-POWER-4 an operation id that was used for something else is refused',
    async run(env) {
      applies(env.can(Capability.POWER), 'no CAPABILITY_POWER');
      const node = nodeOf(env.subject.node, randomUUID());
      const operationId = randomUUID();
      await env.driver.setPowerState({ node, action: PowerAction.ON, operationId });
      const other = env.driver.setPowerState({ node, action: PowerAction.CYCLE, operationId });
      expectFields(await expectFailure(other, 'FIELD_INVALID'), 'operation_id');
    },
  },
  {
    title: 'DRV-BOOT-1 the boot device is set, once for each operation id',
    async run(env) {
      applies(env.can(Capability.BOOT_DEVICE), 'no CAPABILITY_BOOT_DEVICE');
      const request = { node: nodeOf(env.subject.node), device: BootDevice.PXE, operationId: randomUUID() };
      for (let i = 0; i < repetitions; i += 1) await env.driver.setBootDevice(request);
      const none = env.driver.setBootDevice({
        ...request,
        device: BootDevice.UNSPECIFIED,
        operationId: randomUUID(),
      });
      expectFields(await expectFailure(none, 'FIELD_REQUIRED'), 'device');
      await env.driver.setBootDevice({ ...request, device: BootDevice.NONE, operationId: randomUUID() });
    },
  },
  {
    title: 'DRV-BREAK-1 a break is sent on a started serial console, and refused elsewhere',
    async run(env) {
      applies(env.can(Capability.SERIAL_BREAK), 'no CAPABILITY_SERIAL_BREAK');
      const { context } = await env.start({ kind: ConsoleKind.SERIAL });
      for (let i = 0; i < repetitions; i += 1) await env.driver.sendSerialBreak({ context });
      const graphical = { ...context, kind: ConsoleKind.GRAPHICAL };
      if (env.kinds.includes(ConsoleKind.GRAPHICAL)) {
        await expectFailure(env.driver.sendSerialBreak({ context: graphical }), 'FIELD_INVALID');
      }
      const unknown = env.request({ kind: ConsoleKind.SERIAL }).context;
      await expectFailure(env.driver.sendSerialBreak({ context: unknown }), 'NOT_HELD');
    },
  },
  {
    title: 'DRV-SCREEN-1 the picture is what its type says, and not too large',
    async run(env) {
      applies(env.can(Capability.SCREENSHOT), 'no CAPABILITY_SCREENSHOT');
      const { contentType, image } = await env.driver.captureScreen({ node: nodeOf(env.subject.node) });
      assert.match(contentType, /^image\/[a-z0-9.+-]+$/);
      assert(image.length > 0 && image.length <= 3 * 1024 * 1024);
      if (contentType === 'image/png') assert.equal(image.subarray(1, 4).toString(), 'PNG');
      if (contentType === 'image/jpeg') assert.equal(image.readUInt16BE(0), 0xffd8);
    },
  },
  {
    title: 'DRV-LOG-1 the log holds what the line said, no more than was asked for, and ends',
    async run(env) {
      applies(env.can(Capability.CONSOLE_LOG), 'no CAPABILITY_CONSOLE_LOG');
      const { context, text } = await saySomething(env);
      const all = await readAll(env.driver.readConsoleLog({ context }));
      assert(all.includes(text));
      const some = await readAll(env.driver.readConsoleLog({ context, limitBytes: 5n }));
      assert.deepEqual(some, all.subarray(0, 5));
      const early = env.driver.readConsoleLog({ context, until: { seconds: 1n, nanos: 0 } });
      assert.equal((await readAll(early)).length, 0);
    },
  },
  {
    title: 'DRV-LOG-2 following the log goes on with what comes',
    async run(env) {
      applies(env.can(Capability.CONSOLE_LOG), 'no CAPABILITY_CONSOLE_LOG');
      const { context, text, say } = await saySomething(env);
      await using log = watchStream((signal) =>
        env.driver.readConsoleLog({ context, follow: true }, { signal }),
      );
      await log.next('what was said', ({ data }) => data.includes(text));
      const later = await say();
      await log.next('what is said now', ({ data }) => data.includes(later));
    },
  },
];

/** Types on a serial line through a relay; answers what came back from the machine. */
async function saySomething(env: DriverEnv) {
  env.needs(ConsoleKind.SERIAL, EndpointKind.RELAY);
  const { request, context } = await env.start({
    kind: ConsoleKind.SERIAL,
    acceptable: [EndpointKind.RELAY],
  });
  const say = async () => {
    const text = randomUUID();
    await using client = attachClient(env.stream(env.target), { ticket: env.ticket(request) });
    await client.event('opened');
    client.send(Buffer.from(text));
    await client.readUntil(text);
    return text;
  };
  return { context, text: await say(), say };
}

async function readAll(pieces: AsyncIterable<{ data: Buffer }>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const { data } of pieces) all.push(data);
  return Buffer.concat(all);
}
