import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { Affinity } from '@consolemesh/contracts/plugin';
import { ContainerPhase, type StartContainerResponse } from '@consolemesh/contracts/provider';
import { EndpointKind } from '@consolemesh/contracts/types';
import { applies, type Case, repetitions } from '../case.ts';
import { expectFailure, expectFields, expectTableReason } from '../expect-failure.ts';
import type { ProviderEnv } from './environment.ts';
import { look } from './key-cases.ts';

/** StartContainer, StopContainer, StopAllContainers, GetContainer, ListContainers. */
export const containerCases: Case<ProviderEnv>[] = [
  {
    title: 'PROV-START-1, PROV-GET-2 a started container is READY, and its VNC server has sent its banner',
    async run(env) {
      const { key, answer, request } = await env.start({ acceptable: [EndpointKind.TCP] });
      assert.match(await bannerOf(answer), /^RFB \d{3}\.\d{3}\n$/);
      const container = await look(env, key);
      assert.equal(container.phase, ContainerPhase.READY);
      assert.equal(container.failure, undefined);
      assert.equal(container.app, request.app);
      assert.equal(container.runtimeName, answer.runtimeName);
      assert.deepEqual(container.endpoints, answer.endpoints);
    },
  },
  {
    title: 'PROV-START-2 every mistake in a request is reported at once',
    async run(env) {
      const request = {
        ...env.request(),
        app: 'No App',
        appInfo: '[]',
        consolePassword: '',
        attachKey: Buffer.alloc(3),
        acceptable: [EndpointKind.CONTAINER],
      };
      const error = await expectFailure(env.provider.startContainer(request), 'INVALID_ARGUMENT');
      expectFields(error, 'app', 'app_info', 'console_password', 'attach_key', 'acceptable');
    },
  },
  {
    title:
      'PROV-START-3 the first kind of endpoint that is acceptable is made; its password is the one that was passed down',
    async run(env) {
      for (const kind of env.capabilities.consoles[0]?.endpointKinds ?? []) {
        const { answer, request } = await env.start({ acceptable: [kind] });
        const transport = answer.endpoints[0]?.transport;
        assert.equal(transport?.$case, kind === EndpointKind.TCP ? 'tcp' : 'relay');
        assert(answer.endpoints[0]?.rfb, 'a graphical endpoint has a profile');
        if (transport?.$case === 'tcp') assert.equal(transport.value.password, request.consolePassword);
        if (transport?.$case === 'relay') {
          assert.equal(transport.value.target, (await env.plugin(env.target).getPluginInfo({})).target);
        }
      }
    },
  },
  {
    title: 'PROV-START-4 a start that fails leaves nothing behind',
    async run(env) {
      applies(env.subject.failing, 'the subject names no application that fails');
      const request = env.request({ app: env.subject.failing });
      await assert.rejects(env.provider.startContainer(request));
      const { containers } = await env.provider.listContainers({ pageSize: 1000 });
      assert(!containers.some((container) => container.key?.consoleId === request.key?.consoleId));
      const container = await look(env, request.key!);
      assert.equal(container.phase, ContainerPhase.STOPPED);
      expectTableReason(container.failure);
    },
  },
  {
    title: 'PROV-START-5 a container that was stopped can be started again in the same generation',
    async run(env) {
      const { key, request } = await env.start();
      await env.provider.stopContainer({ key, fence: request.fence });
      await env.provider.startContainer(request);
      assert.equal((await look(env, key)).phase, ContainerPhase.READY);
    },
  },
  {
    title: 'PROV-SHARE-1 with AFFINITY_NONE another instance sees the container and starts no second one',
    async run(env) {
      applies(env.affinity === Affinity.NONE, 'the affinity is INSTANCE');
      const other = env.another();
      const { key, request, answer } = await env.start();
      const { container } = await other.provider.getContainer({ key });
      assert.equal(container?.phase, ContainerPhase.READY);
      const again = await other.provider.startContainer({ ...request, fence: 2n });
      assert.equal(again.runtimeName, answer.runtimeName);
      const { containers } = await other.provider.listContainers({ pageSize: 1000 });
      assert.equal(containers.filter((c) => c.key?.consoleId === key.consoleId).length, 1);
    },
  },
  {
    title:
      'PROV-SHARE-2 with AFFINITY_NONE generations and fences count across instances, and another instance stops',
    async run(env) {
      applies(env.affinity === Affinity.NONE, 'the affinity is INSTANCE');
      const other = env.another();
      const { key, request } = await env.start({ generation: 5n, fence: 5n });
      const older = { ...request, key: { ...key, generation: 4n }, fence: 6n };
      await expectFailure(other.provider.startContainer(older), 'STALE_GENERATION');
      const { key: second, request: late } = await env.start({ fence: 5n });
      await expectFailure(other.provider.stopContainer({ key: second, fence: 4n }), 'STALE_FENCE');
      await other.provider.stopContainer({ key: second, fence: late.fence });
      assert.equal((await look(env, second)).phase, ContainerPhase.STOPPED);
    },
  },
  {
    title:
      'PROV-STOP-1, PROV-GET-1 a stopped container is STOPPED and listens no more, however often it is stopped',
    async run(env) {
      const { key, request, answer } = await env.start({ acceptable: [EndpointKind.TCP] });
      for (let i = 0; i < repetitions; i += 1) {
        await env.provider.stopContainer({ key, fence: request.fence });
        assert.equal((await look(env, key)).phase, ContainerPhase.STOPPED);
      }
      await assert.rejects(bannerOf(answer));
    },
  },
  {
    title: 'PROV-STOP-2, PROV-GET-1 stopping and looking at something unknown is no error',
    async run(env) {
      const { key } = env.request();
      for (let i = 0; i < repetitions; i += 1) await env.provider.stopContainer({ key, fence: 1n });
      assert.equal((await look(env, key!)).phase, ContainerPhase.STOPPED);
    },
  },
  {
    title:
      'PROV-ALL-1, PROV-ALL-2 StopAllContainers ends everything but what is to be kept, and says what it ended',
    async run(env) {
      applies(env.subject.mayStopAll, 'the provider may be used by others');
      const [a, b, c] = [await env.start(), await env.start(), await env.start()];
      const { stopped } = await env.provider.stopAllContainers({ keep: [b.key] });
      assert.deepEqual(stopped.map((key) => key.consoleId).sort(), [a.key.consoleId, c.key.consoleId].sort());
      assert.equal((await look(env, a.key)).phase, ContainerPhase.STOPPED);
      assert.equal((await look(env, b.key)).phase, ContainerPhase.READY);
      assert.deepEqual((await env.provider.stopAllContainers({ keep: [b.key] })).stopped, []);
    },
  },
  {
    title: 'PROV-GET-3 a container that has died is not READY',
    async run(env) {
      applies(env.subject.kill, 'the subject cannot kill a container');
      const { key, answer } = await env.start();
      await env.subject.kill(answer.runtimeName);
      const container = await look(env, key);
      assert([ContainerPhase.STOPPED, ContainerPhase.DEGRADED].includes(container.phase as never));
    },
  },
  {
    title:
      'PROV-LIST-1, PROV-LIST-2 a list holds every container once, in the order of its console, over any page size',
    async run(env) {
      const mine: string[] = [];
      for (let i = 0; i < 4; i += 1) mine.push((await env.start()).key.consoleId);
      for (const pageSize of [1, 3, 0]) {
        const seen: string[] = [];
        let pageToken = '';
        do {
          const page = await env.provider.listContainers({ pageSize, pageToken });
          if (pageSize > 0) assert(page.containers.length <= pageSize);
          seen.push(...page.containers.map(({ key }) => key!.consoleId));
          pageToken = page.nextPageToken;
        } while (pageToken !== '');
        assert.deepEqual(seen, [...new Set(seen)].sort());
        assert.deepEqual(
          seen.filter((id) => mine.includes(id)),
          [...mine].sort(),
        );
      }
    },
  },
  {
    title: 'PROV-LIST-3 a page token that is none is refused',
    async run(env) {
      const call = env.provider.listContainers({ pageToken: 'not a token' });
      expectFields(await expectFailure(call, 'FIELD_INVALID'), 'page_token');
    },
  },
];

/** The first 12 bytes that a TCP endpoint sends. */
async function bannerOf(answer: StartContainerResponse): Promise<string> {
  const transport = answer.endpoints[0]?.transport;
  applies(transport?.$case === 'tcp', 'no TCP');
  const { host, port } = transport.value;
  return new Promise<string>((resolve, reject) => {
    const socket = connectTcp({ host, port });
    let text = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no banner within 5 s')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before its banner')));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (text.length < 12) return;
      resolve(text.slice(0, 12));
      socket.destroy();
    });
  });
}
