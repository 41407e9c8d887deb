import assert from 'node:assert/strict';
import { ContainerPhase } from '@consolemesh/contracts/provider';
import { EndpointKind } from '@consolemesh/contracts/types';
import type { MeshError } from '@consolemesh/errors';
import { makeAttachTicket } from '@consolemesh/mesh';
import { attachClient } from '../attach-client.ts';
import { applies, type Case, repetitions } from '../case.ts';
import { expectFailure, expectFields } from '../expect-failure.ts';
import type { ProviderEnv } from './environment.ts';

/** GetContainer's container. */
export async function look(env: ProviderEnv, key: { consoleId: string; generation: bigint }) {
  const { container } = await env.provider.getContainer({ key });
  assert(container, 'GetContainer answers a container');
  return container;
}

/** Keys and fences. */
export const keyCases: Case<ProviderEnv>[] = [
  {
    title: 'PROV-KEY-1 a generation lower than one seen is refused with STALE_GENERATION',
    async run(env) {
      const { key, request } = await env.start({ generation: 5n });
      for (let i = 0; i < repetitions; i += 1) {
        const older = env.provider.startContainer({ ...request, key: { ...key, generation: 4n }, fence: 2n });
        await expectFailure(older, 'STALE_GENERATION');
      }
      assert.equal((await look(env, key)).phase, ContainerPhase.READY);
    },
  },
  {
    title: 'PROV-KEY-2 stopping an older generation answers OK and touches nothing newer',
    async run(env) {
      const { key } = await env.start({ generation: 5n });
      for (let i = 0; i < repetitions; i += 1)
        await env.provider.stopContainer({ key: { ...key, generation: 4n }, fence: 1n });
      assert.equal((await look(env, key)).phase, ContainerPhase.READY);
    },
  },
  {
    title: 'PROV-KEY-3 a higher generation ends the older one first',
    async run(env) {
      const { key, request } = await env.start({ generation: 1n });
      await env.provider.startContainer({ ...request, key: { ...key, generation: 2n } });
      const { containers } = await env.provider.listContainers({ pageSize: 1000 });
      const own = containers.filter((container) => container.key?.consoleId === key.consoleId);
      assert.deepEqual(
        own.map((container) => container.key?.generation),
        [2n],
      );
    },
  },
  {
    title: 'PROV-KEY-3, ATTACH-13 clients of the older generation are sent away with STALE_GENERATION',
    async run(env) {
      applies(env.relayKinds.length > 0, 'no RELAY');
      const { key, request } = await env.start({ acceptable: [EndpointKind.RELAY] });
      const ticket = makeAttachTicket(request.attachKey, {
        ...key,
        sessionId: 'one',
        subject: 'conformance',
        role: 'control',
        expiresAt: Date.now() + 60_000,
      });
      await using client = attachClient(env.stream(env.target), { ticket });
      await client.event('opened');
      await env.provider.startContainer({ ...request, key: { ...key, generation: 2n } });
      assert.equal((await client.event('closing')).reason, 'STALE_GENERATION');
    },
  },
  {
    title:
      'PROV-KEY-4 the same call gets the same answer, however often it is repeated, and the container stays',
    async run(env) {
      const { request, answer } = await env.start();
      for (let i = 0; i < repetitions; i += 1)
        assert.deepEqual(await env.provider.startContainer(request), answer);
    },
  },
  {
    title: 'PROV-KEY-5 a container that has died is not answered from memory',
    async run(env) {
      applies(env.subject.kill, 'the subject cannot kill a container');
      const { request, answer, key } = await env.start();
      await env.subject.kill(answer.runtimeName);
      await env.provider.startContainer(request);
      assert.equal((await look(env, key)).phase, ContainerPhase.READY);
    },
  },
  {
    title: 'PROV-KEY-6 identical calls at the same time make one container',
    async run(env) {
      const request = env.request();
      const answers = await Promise.allSettled(
        Array.from({ length: 5 }, () => env.provider.startContainer(request)),
      );
      const names = answers.flatMap((answer) =>
        answer.status === 'fulfilled' ? [answer.value.runtimeName] : [],
      );
      assert(names.length > 0, 'no call succeeded');
      assert.equal(new Set(names).size, 1);
      for (const answer of answers) {
        if (answer.status === 'rejected')
          assert.equal((answer.reason as MeshError).reason, 'OPERATION_IN_FLIGHT');
      }
      const { containers } = await env.provider.listContainers({ pageSize: 1000 });
      assert.equal(containers.filter((c) => c.key?.consoleId === request.key?.consoleId).length, 1);
    },
  },
  {
    title: 'PROV-KEY-7 a call without its key is refused, and every missing part is named',
    async run(env) {
      const calls = [
        env.provider.startContainer({ ...env.request(), key: undefined }),
        env.provider.stopContainer({}),
        env.provider.getContainer({}),
      ];
      for (const call of calls) {
        expectFields(await expectFailure(call, 'INVALID_ARGUMENT'), 'key.console_id', 'key.generation');
      }
    },
  },
  {
    title: 'PROV-KEY-8 the same generation with other arguments is made anew with them',
    async run(env) {
      const { request, answer } = await env.start({ acceptable: [EndpointKind.TCP] });
      const transport = answer.endpoints[0]?.transport;
      applies(transport?.$case === 'tcp', 'no TCP');
      const again = await env.provider.startContainer({ ...request, consolePassword: 'Another1' });
      const other = again.endpoints[0]?.transport;
      assert(other?.$case === 'tcp');
      assert.equal(other.value.password, 'Another1');
    },
  },
  {
    title: 'PROV-FENCE-1 a fence lower than one seen is refused with STALE_FENCE',
    async run(env) {
      const { key, request } = await env.start({ fence: 7n });
      await expectFailure(env.provider.startContainer({ ...request, fence: 6n }), 'STALE_FENCE');
      await expectFailure(env.provider.stopContainer({ key, fence: 6n }), 'STALE_FENCE');
      assert.equal((await look(env, key)).phase, ContainerPhase.READY);
    },
  },
  {
    title: 'PROV-FENCE-2 the same fence and higher ones are accepted, and the highest is remembered',
    async run(env) {
      const { key, request } = await env.start({ fence: 3n });
      await env.provider.startContainer({ ...request, fence: 9n });
      await expectFailure(env.provider.stopContainer({ key, fence: 8n }), 'STALE_FENCE');
    },
  },
  {
    title: 'PROV-FENCE-3 a container carries the fence that it was made with',
    async run(env) {
      const { key } = await env.start({ fence: 11n });
      assert.equal((await look(env, key)).fence, 11n);
    },
  },
];
