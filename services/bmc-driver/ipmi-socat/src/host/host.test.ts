import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probePrograms } from '../find-programs.ts';
import { createFakeIpmitool } from '../testing/fake-ipmitool.ts';
import { isRunning, listenersAt, nameProcess, processesWith, signalProcess, socketsOf } from './processes.ts';
import { takeRuntimeFolder } from './runtime-folder.ts';

async function sleeper(mark = 'x') {
  const child = spawn('/bin/sh', ['-c', 'read line', mark], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  return {
    child,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('a process', () => {
  it('is known by its start, so that a later one with its number is not taken for it', async () => {
    await using running = await sleeper();
    const name = (await nameProcess(running.child.pid!))!;
    expect(await isRunning(name)).toBe(true);
    expect(await isRunning({ ...name, startTime: `${Number(name.startTime) - 1}` })).toBe(false);
    expect(await isRunning({ ...name, boot: 'another' })).toBe(false);
    await signalProcess({ ...name, startTime: '1' }, 'SIGKILL');
    expect(await isRunning(name)).toBe(true);
    await signalProcess(name, 'SIGKILL');
    await running.exited;
    expect(await isRunning(name)).toBe(false);
    await signalProcess(name, 'SIGKILL');
  });

  it('is found by what is in its command line', async () => {
    const mark = `mark-${Math.random()}`;
    await using running = await sleeper(mark);
    await expect
      .poll(async () => (await processesWith(mark)).map(({ pid }) => pid))
      .toEqual([running.child.pid]);
  });

  it('shows at which port it listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const own = await socketsOf(process.pid);
    expect([...(await listenersAt(port))].filter((inode) => own.has(inode))).toHaveLength(1);
    await new Promise((resolve) => server.close(resolve));
    expect((await listenersAt(port)).size).toBe(0);
  });
});

describe('the runtime folder', () => {
  it('is for its owner alone, and for one instance at a time', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'consolemesh-runtime-'));
    const path = join(parent, 'own');
    const first = await takeRuntimeFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await expect(takeRuntimeFolder(path)).rejects.toThrow(`is used by process ${process.pid}`);
    await first[Symbol.asyncDispose]();
    await (await takeRuntimeFolder(path))[Symbol.asyncDispose]();
    // Of an instance that was killed.
    await writeFile(
      join(path, 'owner.json'),
      JSON.stringify({ pid: process.pid, startTime: '1', boot: 'x' }),
    );
    await (await takeRuntimeFolder(path))[Symbol.asyncDispose]();
    await writeFile(join(path, 'owner.json'), '{');
    await (await takeRuntimeFolder(path))[Symbol.asyncDispose]();
    await rm(parent, { recursive: true });
  });

  it('is no link in a folder where anybody could have put it', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'consolemesh-runtime-'));
    const target = join(parent, 'target');
    await mkdir(target, { mode: 0o755 });
    await symlink(target, join(parent, 'own'));
    await chmod(parent, 0o1777);
    for (const path of [join(parent, 'own'), `${join(parent, 'own')}/`])
      await expect(takeRuntimeFolder(path)).rejects.toThrow('is a link');
    expect((await stat(target)).mode & 0o777).toBe(0o755);
    // systemd's own are, with DynamicUser, in a folder of root's.
    await chmod(parent, 0o755);
    await (await takeRuntimeFolder(join(parent, 'own')))[Symbol.asyncDispose]();
    await rm(parent, { recursive: true });
  });

  it.each(['/run/a b', '/run/a:b', '/run/a,b', 'run/a', '/run/$x', '/run/"a"', '/run/a!!b'])(
    'cannot be %s, which socat would take apart',
    (path) => expect(takeRuntimeFolder(path)).rejects.toThrow('only letters, digits'),
  );
});

describe('the programs', () => {
  it('are missed with the command that brings them', async () => {
    expect(await probePrograms('/nowhere')).toEqual({
      state: 'broken',
      message:
        'socat and ipmitool and flock are not installed; as root: apt-get install -y --no-install-recommends socat ipmitool util-linux',
    });
  });

  it('are not missed where they are there', async () => {
    await using tool = await createFakeIpmitool();
    const message = (await probePrograms(tool.path))?.message ?? '';
    expect(message).not.toContain('ipmitool');
  });
});
