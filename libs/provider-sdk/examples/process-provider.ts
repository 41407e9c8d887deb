import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ContainerRuntime, ContainerSpec, RuntimeContainer } from '../src/index.ts';

/**
 * A whole provider: every "container" is a child process. The program prints the port of its VNC server as its first line and reads what
 * it needs, secrets included, from its standard input; nothing secret stands in its arguments or its environment.
 *
 *     await serveProvider({ name: 'process', version: '1.0.0', listen, trust, logger, runtime: processRuntime(['node', 'viewer.mjs']) });
 */
export function processRuntime([program, ...args]: readonly [string, ...string[]]): ContainerRuntime {
  const running = new Map<string, { child: ChildProcess; labels: RuntimeContainer }>();

  async function start(spec: ContainerSpec, signal: AbortSignal): Promise<RuntimeContainer> {
    const { consoleId, generation, fence, app, fingerprint, appInfo, consolePassword } = spec;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify({ app, appInfo, consolePassword }));
    const [port] = (await once(createInterface(child.stdout), 'line', { signal }).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    })) as [string];
    const runtimeName = `process-${child.pid}`;
    const address = { host: '127.0.0.1', port: Number(port) };
    const labels = {
      consoleId,
      generation,
      fence,
      app,
      fingerprint,
      runtimeName,
      state: 'running' as const,
      address,
    };
    running.set(runtimeName, { child, labels });
    return labels;
  }

  async function stop(runtimeName: string): Promise<void> {
    const child = running.get(runtimeName)?.child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    running.delete(runtimeName);
  }

  return {
    // The processes are children of this very instance.
    affinity: 'instance',
    start,
    stop: ({ runtimeName }) => stop(runtimeName),
    list: async (consoleId) =>
      [...running.values()]
        .map(({ child, labels }) =>
          child.exitCode === null && child.signalCode === null
            ? labels
            : {
                ...labels,
                state: 'ended' as const,
                failure: `its process ended with ${child.exitCode ?? child.signalCode}`,
              },
        )
        .filter((container) => consoleId === undefined || container.consoleId === consoleId),
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
