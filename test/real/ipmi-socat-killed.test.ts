import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/free-ports.ts';
import { solUser, startSolMachine } from '../harness/sol-machine.ts';
import {
  attachViewer,
  clientsOf,
  connectAsNova,
  freeRange,
  newRuntimeFolder,
  novaOf,
  request,
  startDriver,
} from './ipmi-socat-world.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The driver as a process of its own. */
async function runDriver(
  folder: string,
  port: number,
  adopt: 'always' | 'never',
  more: Record<string, string> = {},
) {
  const child = spawn(
    process.execPath,
    [
      '--import',
      `${root}/node_modules/tsx/dist/esm/index.mjs`,
      `${root}/services/bmc-driver/ipmi-socat/src/main.ts`,
    ],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        CONSOLEMESH_LISTEN: '127.0.0.1:0',
        CONSOLEMESH_SOCAT_RUNTIME_FOLDER: folder,
        CONSOLEMESH_SOCAT_PORT_RANGE: `${port}:${port + 1}`,
        CONSOLEMESH_SOCAT_ADOPT: adopt,
        CONSOLEMESH_SOCAT_CHECK_INTERVAL: '200ms',
        ...more,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const target = /dns:\/\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (!target) continue;
    child.stdout.resume();
    return {
      ...clientsOf(target),
      async end(signal: NodeJS.Signals) {
        child.kill(signal);
        await exited;
      },
      async [Symbol.asyncDispose]() {
        child.kill('SIGTERM');
        await exited;
      },
    };
  }
  throw new Error('the driver ended without saying where it serves');
}

async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(`${folder}/c-`)) found.push(pid);
  }
  return found;
}

const secrets = { ipmi_password: solUser.password };

it('gives the console back to the BMC when the client of the port leaves, before anybody else wants it', async () => {
  await using machine = await startSolMachine();
  await using folder = await newRuntimeFolder();
  await using driver = await startDriver({ runtimeFolder: folder.path });
  const answer = await driver.driver.startConsole(request(machine.info(), secrets));
  const nova = connectAsNova(novaOf(answer));
  await nova.sees('[SOL Session operational');
  expect(machine.bmc.sessions).toHaveLength(1);
  await nova[Symbol.asyncDispose]();
  await eventually(
    () => machine.bmc.sessions.length,
    (count) => count === 0,
  );
});

describe('a driver that is killed', () => {
  it('finds its consoles again where they outlive it, without a byte being lost to who is connected', async () => {
    await using machine = await startSolMachine();
    await using folder = await newRuntimeFolder();
    const port = await freePort();
    const first = await runDriver(folder.path, port, 'always');
    const wish = request(machine.info(), secrets);
    const answer = await first.driver.startConsole(wish);
    await using nova = connectAsNova(novaOf(answer));
    await nova.sees('[SOL Session operational');
    const before = await processesOf(folder.path);
    await first.end('SIGKILL');
    nova.type('still there');
    await nova.sees('still there');

    await using second = await runDriver(folder.path, port, 'always');
    const again = { ...wish, context: { ...wish.context!, fence: 2n, driverState: answer.driverState } };
    const adopted = await second.driver.startConsole(again);
    expect(adopted.why).toContain('was taken over');
    expect(novaOf(adopted)).toEqual(novaOf(answer));
    expect((await processesOf(folder.path)).sort()).toEqual(before.sort());
    nova.type('and now');
    await nova.sees('and now');

    // An adopted socat is watched as any other.
    process.kill(Number(JSON.parse(answerState(adopted.driverState)).pid), 'SIGKILL');
    await nova.ends();
    await using viewer = attachViewer(second, again);
    await eventually(() => viewer.failure()?.reason ?? viewer.events()[0]?.name, Boolean, {
      withinMs: 30_000,
    });
    await second.driver.stopConsole({ context: again.context });
    expect(await processesOf(folder.path)).toEqual([]);
    expect(machine.bmc.sessions).toEqual([]);
  });

  it('ends them where they do not, and gives the console back to the BMC', async () => {
    await using machine = await startSolMachine();
    await using folder = await newRuntimeFolder();
    const port = await freePort();
    const first = await runDriver(folder.path, port, 'never');
    const wish = request(machine.info(), secrets);
    const answer = await first.driver.startConsole(wish);
    await using nova = connectAsNova(novaOf(answer));
    await nova.sees('[SOL Session operational');
    await first.end('SIGKILL');

    await using second = await runDriver(folder.path, port, 'never');
    expect(await processesOf(folder.path)).toEqual([]);
    await nova.ends();
    await eventually(
      () => machine.bmc.sessions.length,
      (count) => count === 0,
    );
    const again = { ...wish, context: { ...wish.context!, fence: 2n, driverState: answer.driverState } };
    const anew = await second.driver.startConsole(again);
    expect(anew.why).toContain('accepts the credentials');
    await using viewer = attachViewer(second, again);
    await viewer.hears('opened');
  });

  it('ends those that nobody asks for after a while', async () => {
    await using machine = await startSolMachine();
    await using folder = await newRuntimeFolder();
    const port = await freePort();
    const first = await runDriver(folder.path, port, 'always');
    await first.driver.startConsole(request(machine.info(), secrets));
    await first.end('SIGKILL');
    expect(await processesOf(folder.path)).not.toEqual([]);
    await using _second = await runDriver(folder.path, port, 'always', {
      CONSOLEMESH_SOCAT_ADOPT_WITHIN: '1s',
    });
    await eventually(
      () => processesOf(folder.path),
      (left) => left.length === 0,
      { withinMs: 30_000 },
    );
    await eventually(
      () => readdir(folder.path),
      (left) => left.length === 1,
      { withinMs: 30_000 },
    );
  });

  it('takes over nothing that was started with other options', async () => {
    await using machine = await startSolMachine();
    await using folder = await newRuntimeFolder();
    const options = { runtimeFolder: folder.path, portRange: await freeRange(), adopt: 'always' as const };
    const wish = request(machine.info(), secrets);
    const first = await startDriver(options);
    const answer = await first.driver.startConsole(wish);
    await first[Symbol.asyncDispose]();
    const before = await processesOf(folder.path);
    expect(before).not.toEqual([]);

    await using second = await startDriver(options);
    const other = request(machine.info({ ipmi_priv_level: 'OPERATOR' }), secrets, { fence: 2n });
    other.context!.driverState = answer.driverState;
    const anew = await second.driver.startConsole(other);
    expect(anew.why).toContain('accepts the credentials');
    expect(novaOf(anew)).toEqual(novaOf(answer));
    const after = await processesOf(folder.path);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await second.driver.stopConsole({ context: other.context });
    expect(await processesOf(folder.path)).toEqual([]);
  });

  it('leaves nothing when it is asked to end, where consoles do not outlive it', async () => {
    await using machine = await startSolMachine();
    await using folder = await newRuntimeFolder();
    const first = await runDriver(folder.path, await freePort(), 'never');
    const wish = request(machine.info(), secrets);
    await first.driver.startConsole(wish);
    const viewer = attachViewer(first, wish);
    await viewer.hears('opened');
    await first.end('SIGTERM');
    expect(await processesOf(folder.path)).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
    expect(machine.bmc.sessions).toEqual([]);
    await viewer.leave();
  });
});

/** The driver's own part of a state, behind the SDK's. */
function answerState(state: Buffer): string {
  return /\{"run":"[^"]*","port":\d+,"pid":\d+[^}]*\}/.exec(state.toString('latin1'))?.[0] ?? '{}';
}
