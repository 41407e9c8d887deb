import { createServer } from 'node:net';
import { ContainerPhase, ProviderServiceDefinition } from '@consolemesh/contracts/provider';
import { EndpointKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext, silentLogger } from '@consolemesh/mesh';
import { createFramebuffer, createFramebufferServer } from '@consolemesh/rfb';
import { startTestTelemetry } from '@consolemesh/telemetry/testing';
import { describe, expect, it } from 'vitest';
import type { ContainerRuntime, RuntimeContainer } from './runtime.ts';
import { serveProvider } from './serve-provider.ts';

interface Misbehaviour {
  password?: string;
  silent?: boolean;
  refuseFor?: number;
}

/** A runtime with one VNC server for all containers; what it was asked to do is written down. */
async function testRuntime({ password, silent, refuseFor = 0 }: Misbehaviour = {}) {
  const containers = new Map<string, RuntimeContainer>();
  const log: string[] = [];
  let refused = 0;
  let expected = password ?? '';
  const screen = createFramebufferServer({ framebuffer: createFramebuffer(8, 8) });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    refused += 1;
    if (refused <= refuseFor) socket.destroy();
    else if (!silent)
      screen.serve(socket, { security: ['VNC'], expected: { password: expected } }).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const runtime: ContainerRuntime = {
    affinity: 'none',
    async start(spec) {
      log.push(`start ${spec.generation}`);
      expected = password ?? spec.consolePassword;
      const { consoleId, generation, fence, app, fingerprint } = spec;
      const runtimeName = `${consoleId}-${generation}`;
      const container: RuntimeContainer = {
        consoleId,
        generation,
        fence,
        app,
        fingerprint,
        runtimeName,
        state: 'running',
        address: { host: '127.0.0.1', port },
      };
      containers.set(runtimeName, container);
      return container;
    },
    async stop({ runtimeName, generation }) {
      log.push(`stop ${generation}`);
      containers.delete(runtimeName);
    },
    list: async (consoleId) =>
      [...containers.values()].filter((c) => !consoleId || c.consoleId === consoleId),
  };
  return {
    runtime,
    containers,
    log,
    async [Symbol.asyncDispose]() {
      await screen[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serveIt(runtime: ContainerRuntime, readyTimeoutMs = 5_000) {
  const listen = { host: '127.0.0.1', port: 0 };
  const running = await serveProvider({
    name: 'test',
    version: '1.0.0',
    listen,
    trust: plaintext,
    logger: silentLogger,
    runtime,
    readyTimeoutMs,
  });
  const connection = connect(running.target, { trust: plaintext });
  return {
    provider: connection.client(ProviderServiceDefinition),
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}

const key = { consoleId: 'c', generation: 1n };
const request = {
  key,
  fence: 1n,
  app: 'test',
  appInfo: '{"credentials":"S3cret"}',
  consolePassword: 'Passw0rd',
  attachKey: Buffer.alloc(32, 1),
  acceptable: [EndpointKind.TCP],
};

describe('a served provider', () => {
  it('measures starts until the banner by how they went, and counts the containers that it keeps', async () => {
    await using telemetry = await startTestTelemetry();
    const value = async (name: string, labels = '') =>
      (await telemetry.metrics()).get(`${name}{provider="test"${labels}}`);
    const starts = (how: string, reason: string) =>
      value('consolemesh_container_start_seconds_count', `,how="${how}",reason="${reason}"`);
    await using world = await testRuntime();
    {
      await using earlier = await serveIt(world.runtime);
      await earlier.provider.startContainer(request);
      expect(await value('consolemesh_containers_running')).toBe(1);
      await earlier.provider.stopContainer({ key, fence: 1n });
      expect(await value('consolemesh_containers_running')).toBe(0);
      await earlier.provider.startContainer({ ...request, key: { ...key, generation: 2n } });
    }
    await using later = await serveIt(world.runtime);
    await later.provider.startContainer({ ...request, key: { ...key, generation: 2n } });
    await expect(later.provider.startContainer(request)).rejects.toMatchObject({
      reason: 'STALE_GENERATION',
    });
    await using silent = await testRuntime({ silent: true });
    await using failing = await serveIt(silent.runtime, 100);
    await expect(failing.provider.startContainer(request)).rejects.toMatchObject({
      reason: 'CONTAINER_FAILED',
    });
    expect([
      await starts('made', 'OK'),
      await starts('adopted', 'OK'),
      await starts('made', 'CONTAINER_FAILED'),
    ]).toEqual([2, 1, 1]);
    expect(await value('consolemesh_containers_running')).toBe(1);
  });

  it('PROV-SHARE-3 takes over what an earlier process left, without touching it', async () => {
    await using world = await testRuntime();
    {
      await using earlier = await serveIt(world.runtime);
      await earlier.provider.startContainer(request);
    }
    await using later = await serveIt(world.runtime);
    expect((await later.provider.listContainers({})).containers).toMatchObject([
      { key, phase: ContainerPhase.READY },
    ]);
    await later.provider.startContainer({ ...request, fence: 2n });
    expect(world.log).toEqual(['start 1']);
  });

  it('makes anew what an earlier process made of something else', async () => {
    await using world = await testRuntime();
    {
      await using earlier = await serveIt(world.runtime);
      await earlier.provider.startContainer(request);
    }
    await using later = await serveIt(world.runtime);
    await later.provider.startContainer({ ...request, appInfo: '{"credentials":"others"}' });
    expect(world.log).toEqual(['start 1', 'stop 1', 'start 1']);
  });

  it('ends older generations that an earlier process left, and refuses to be older itself', async () => {
    await using world = await testRuntime();
    {
      await using earlier = await serveIt(world.runtime);
      await earlier.provider.startContainer({ ...request, key: { ...key, generation: 3n }, fence: 5n });
    }
    await using later = await serveIt(world.runtime);
    await expect(later.provider.startContainer(request)).rejects.toMatchObject({
      reason: 'STALE_GENERATION',
    });
    const low = { ...request, key: { ...key, generation: 4n }, fence: 4n };
    await expect(later.provider.startContainer(low)).rejects.toMatchObject({ reason: 'STALE_FENCE' });
    await later.provider.startContainer({ ...low, fence: 5n });
    expect(world.log).toEqual(['start 3', 'stop 3', 'start 4']);
  });

  it('PROV-SECRET-2 refuses a VNC server that does not ask for the password that was passed down', async () => {
    await using world = await testRuntime({ password: 'Invented' });
    await using served = await serveIt(world.runtime);
    const error = await served.provider.startContainer(request).catch((e: MeshError) => e);
    expect(error).toMatchObject({ reason: 'CONTAINER_FAILED' });
    expect(world.log).toEqual(['start 1', 'stop 1']);
    expect(JSON.stringify([error, (error as MeshError).message])).not.toMatch(/Passw0rd|S3cret/);
  });

  it('waits while the VNC server is not there yet', async () => {
    await using world = await testRuntime({ refuseFor: 2 });
    await using served = await serveIt(world.runtime);
    await served.provider.startContainer(request);
    expect(world.log).toEqual(['start 1']);
  });

  it('gives up on a VNC server that stays silent, and removes what it made', async () => {
    await using world = await testRuntime({ silent: true });
    await using served = await serveIt(world.runtime, 500);
    await expect(served.provider.startContainer(request)).rejects.toMatchObject({
      reason: 'CONTAINER_FAILED',
    });
    expect(world.containers.size).toBe(0);
  });

  it('gives up when its caller has gone, and removes what it made', async () => {
    await using world = await testRuntime({ silent: true });
    await using served = await serveIt(world.runtime, 60_000);
    await expect(
      served.provider.startContainer(request, { signal: AbortSignal.timeout(300) }),
    ).rejects.toThrow();
    await expect.poll(() => world.log).toEqual(['start 1', 'stop 1']);
  });

  it('passes on what the runtime says, with its reason', async () => {
    await using world = await testRuntime();
    const start = async () => {
      throw new MeshError('IMAGE_UNAVAILABLE', 'There is no image for test.');
    };
    await using served = await serveIt({ ...world.runtime, start });
    await expect(served.provider.startContainer(request)).rejects.toMatchObject({
      reason: 'IMAGE_UNAVAILABLE',
    });
    const { container } = await served.provider.getContainer({ key });
    expect(container).toMatchObject({
      phase: ContainerPhase.STOPPED,
      failure: { reason: 'IMAGE_UNAVAILABLE' },
    });
  });
});
