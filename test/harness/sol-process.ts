import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The driver as a process of its own, as an operator runs it. */
export interface SolProcess extends AsyncDisposable {
  readonly target: string;
  readonly pid: number;
  /** Answers the exit code, or the signal that ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string>;
  output(): string;
}

export async function startSolProcess(
  env: Readonly<Record<string, string>> = {},
  nodeArgs: readonly string[] = [],
): Promise<SolProcess> {
  const tsx =
    'typescript' in process.features && process.features.typescript
      ? []
      : ['--import', `${root}/node_modules/tsx/dist/esm/index.mjs`];
  const child = spawn(
    process.execPath,
    [...tsx, ...nodeArgs, `${root}/services/bmc-driver/ipmi-sol/src/main.ts`],
    {
      env: { PATH: process.env.PATH, CONSOLEMESH_LISTEN: '127.0.0.1:0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    const [code, by] = await exited;
    return code ?? by ?? '';
  };
  const [target] = (await eventually(() => /dns:\/\/\/127\.0\.0\.1:\d+/.exec(output), Boolean, {
    what: 'a driver that serves',
    withinMs: 60_000,
  }).catch(async (error: unknown) => {
    await end('SIGKILL');
    throw error;
  }))!;
  return {
    target,
    pid: child.pid!,
    end,
    output: () => output,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}
