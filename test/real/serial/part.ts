import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../harness/eventually.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What tells the processes of one world from all others: it stands in the environment of each. */
export const markName = 'SERIAL_TEST_MARK';

/** A program that can be killed and started again at the same ports, in the same folder. */
export interface Part {
  readonly name: string;
  /** Its folder. */
  readonly home: string;
  /** Everything that it has printed, over all its lives. */
  output(): string;
  /** Resolves when it serves. */
  start(more?: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves when it has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface PartPlan {
  readonly name: string;
  /** Folder of the world. */
  readonly folder: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it serves, by what it has printed in this life, or by asking it. */
  readonly serves: (output: string) => boolean | Promise<boolean>;
}

export function describePart({ name, folder, command, env = {}, serves }: PartPlan): Part {
  const home = join(folder, name);
  let child: ChildProcess | undefined;
  let output = '';
  mkdirSync(home, { recursive: true });
  return {
    name,
    home,
    output: () => output,
    async start(more = {}) {
      const [program, ...args] = command;
      const before = output.length;
      child = spawn(program, args, {
        cwd: home,
        env: { PATH: process.env.PATH, [markName]: folder, ...env, ...more },
        // ipmi_sim ends when nobody holds its standard input.
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const { exitCode, stdout, stderr } = child;
      if (exitCode !== null || !stdout || !stderr) throw new Error(`${name} cannot be started`);
      for (const stream of [stdout, stderr]) stream.on('data', (chunk) => (output += chunk));
      const born = child;
      await eventually(
        async () => {
          if (born.exitCode !== null) throw new Error(`${name} has ended: ${output.slice(before)}`);
          return serves(output.slice(before));
        },
        Boolean,
        { what: `${name} that serves`, withinMs: 120_000, everyMs: 50 },
      );
    },
    async end(signal) {
      const dying = child;
      if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
      const exited = once(dying, 'exit');
      dying.kill(signal);
      await exited;
    },
  };
}

/** A service of this project, from its `main.ts`; `address`: where it serves, which it says when it does. */
export function describeService(
  folder: string,
  service: string,
  address: string,
  env: Readonly<Record<string, string>>,
): Part {
  const typescript =
    'typescript' in process.features && process.features.typescript
      ? []
      : ['--import', `${root}/node_modules/tsx/dist/esm/index.mjs`];
  return describePart({
    name: service.replaceAll('/', '-'),
    folder,
    command: [process.execPath, ...typescript, `${root}/services/${service}/src/main.ts`],
    env,
    serves: (output) => output.includes(address),
  });
}
