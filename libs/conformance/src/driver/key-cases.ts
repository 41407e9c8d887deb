import assert from 'node:assert/strict';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { EndpointKind } from '@consolemesh/contracts/types';
import type { MeshError } from '@consolemesh/errors';
import { attachClient } from '../attach-client.ts';
import { applies, type Case, repetitions } from '../case.ts';
import { expectFailure, expectFields } from '../expect-failure.ts';
import { retry } from '../retry.ts';
import type { DriverEnv, StartedConsole } from './environment.ts';

/** Keys and fences. */
export const keyCases: Case<DriverEnv>[] = [
  {
    title: 'DRV-KEY-1 a generation lower than one seen is refused with STALE_GENERATION',
    async run(env) {
      const { context } = await env.start({ generation: 5n });
      const older = env.request({ consoleId: context.key!.consoleId, generation: 4n, fence: 2n });
      for (let i = 0; i < repetitions; i += 1)
        await expectFailure(env.driver.startConsole(older), 'STALE_GENERATION');
      await expectFailure(env.driver.prepareConsole({ context: older.context }), 'STALE_GENERATION');
      assert.equal((await look(env, { context })).phase, ConsolePhase.READY);
    },
  },
  {
    title: 'DRV-KEY-2 stopping an older generation answers OK and touches nothing newer',
    async run(env) {
      const started = await env.start({ generation: 5n });
      const older = { ...started.context, key: { ...started.context.key!, generation: 4n } };
      for (let i = 0; i < repetitions; i += 1) await env.driver.stopConsole({ context: older });
      assert.equal((await look(env, started)).phase, ConsolePhase.READY);
    },
  },
  {
    title: 'DRV-KEY-3 a higher generation ends the older one first',
    async run(env) {
      const { context, request } = await env.start({ generation: 1n });
      const newer = {
        ...request,
        context: {
          ...request.context!,
          key: { ...context.key!, generation: 2n },
          driverState: Buffer.alloc(0),
        },
      };
      await env.driver.startConsole(newer);
      const { consoles } = await env.driver.listConsoles({ pageSize: 1000 });
      const own = consoles.filter(({ key }) => key?.consoleId === context.key!.consoleId);
      assert.deepEqual(
        own.map(({ key }) => key?.generation),
        [2n],
      );
    },
  },
  {
    title: 'DRV-KEY-3, ATTACH-13 clients of the older generation are sent away with STALE_GENERATION',
    async run(env) {
      const kind = env.kinds[0]!;
      env.needs(kind, EndpointKind.RELAY);
      const { request } = await env.start({ kind, acceptable: [EndpointKind.RELAY] });
      await using client = attachClient(env.stream(env.target), { ticket: env.ticket(request) });
      await client.event('opened');
      await env.driver.startConsole({
        ...request,
        context: { ...request.context!, key: { ...request.context!.key!, generation: 2n } },
      });
      assert.equal((await client.event('closing')).reason, 'STALE_GENERATION');
    },
  },
  {
    title: 'DRV-KEY-4 the same call gets the same answer, however often it is repeated',
    async run(env) {
      for (const kind of env.kinds) {
        const { request, answer } = await env.start({ kind });
        for (let i = 0; i < repetitions; i += 1) {
          const again = await env.driver.startConsole(request);
          assert.deepEqual(again.endpoints, answer.endpoints);
          assert.equal(again.chosen, answer.chosen);
        }
      }
    },
  },
  {
    title: 'DRV-KEY-5 what has died is not answered from memory',
    async run(env) {
      applies(env.subject.breakMachine && env.subject.mendMachine, 'the subject cannot break its machine');
      const { request, context } = await env.start();
      await env.subject.breakMachine(context.node!.nodeId);
      await expectFailure(env.driver.startConsole(request), ...bmcReasons);
      await env.subject.mendMachine(context.node!.nodeId);
      // A driver may leave a machine alone for a while after failures.
      await retry(() => env.driver.startConsole(request));
    },
  },
  {
    title: 'DRV-KEY-6 identical calls at the same time are joined, or one is answered OPERATION_IN_FLIGHT',
    async run(env) {
      const request = await env.prepare();
      const calls = Array.from({ length: 5 }, () => env.driver.startConsole(request));
      const answers = await Promise.allSettled(calls);
      const won = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      assert(won.length > 0, 'no call succeeded');
      for (const answer of won) assert.deepEqual(answer.endpoints, won[0]!.endpoints);
      for (const answer of answers) {
        if (answer.status === 'rejected')
          assert.equal((answer.reason as MeshError).reason, 'OPERATION_IN_FLIGHT');
      }
    },
  },
  {
    title: 'DRV-KEY-7 a call without its key is refused, and every missing part is named',
    async run(env) {
      const context = { ...env.request().context!, key: undefined };
      for (const call of [
        env.driver.startConsole({ ...env.request(), context }),
        env.driver.stopConsole({ context }),
        env.driver.getConsole({ context }),
        env.driver.prepareConsole({ context }),
      ]) {
        expectFields(
          await expectFailure(call, 'INVALID_ARGUMENT'),
          'context.key.console_id',
          'context.key.generation',
        );
      }
    },
  },
  {
    title: 'DRV-KEY-8 the same generation with other arguments is made anew with them',
    async run(env) {
      const kind = env.kinds[0]!;
      env.needs(kind, EndpointKind.TCP);
      env.needs(kind, EndpointKind.RELAY);
      const { request } = await env.start({ kind, acceptable: [EndpointKind.TCP] });
      const answer = await env.driver.startConsole({ ...request, acceptable: [EndpointKind.RELAY] });
      assert.equal(answer.chosen, EndpointKind.RELAY);
    },
  },
  {
    title: 'DRV-FENCE-1 a fence lower than one seen is refused with STALE_FENCE',
    async run(env) {
      const { request, context } = await env.start({ fence: 7n });
      const late = { ...context, fence: 6n };
      await expectFailure(env.driver.startConsole({ ...request, context: late }), 'STALE_FENCE');
      await expectFailure(env.driver.stopConsole({ context: late }), 'STALE_FENCE');
      await expectFailure(env.driver.prepareConsole({ context: late }), 'STALE_FENCE');
      assert.equal((await look(env, { context })).phase, ConsolePhase.READY);
    },
  },
  {
    title: 'DRV-FENCE-2 the same fence and higher ones are accepted, and the highest is remembered',
    async run(env) {
      const { request, context } = await env.start({ fence: 3n });
      await env.driver.startConsole({ ...request, context: { ...context, fence: 3n } });
      await env.driver.startConsole({ ...request, context: { ...context, fence: 9n } });
      await expectFailure(env.driver.stopConsole({ context: { ...context, fence: 8n } }), 'STALE_FENCE');
    },
  },
  {
    title: 'DRV-FENCE-3 a console carries the fence that it was made with',
    async run(env) {
      const started = await env.start({ fence: 11n });
      assert.equal((await look(env, started)).fence, 11n);
    },
  },
  {
    title: 'DRV-FENCE-4 calls that only look are not judged by their fence',
    async run(env) {
      const { context } = await env.start({ fence: 7n });
      assert.equal((await look(env, { context: { ...context, fence: 1n } })).phase, ConsolePhase.READY);
    },
  },
];

/** Reasons that say "the machine does not do what it should". */
export const bmcReasons = [
  'BMC_UNREACHABLE',
  'BMC_REFUSED',
  'BMC_NAME_NOT_FOUND',
  'BMC_TIMEOUT',
  'BMC_PROTOCOL_ERROR',
  'BMC_TLS_FAILED',
  'BMC_ERROR',
  'BMC_BUSY',
] as const;

/** GetConsole's console. */
export async function look(env: DriverEnv, { context }: Pick<StartedConsole, 'context'>) {
  const { console } = await env.driver.getConsole({ context });
  assert(console, 'GetConsole answers a console');
  return console;
}
