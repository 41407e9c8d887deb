import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type RunningMesh, runCommandLine, startUp, type UpOptions } from '@consolemesh/cli';
import { silentLogger } from '@consolemesh/mesh';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { knock, openConsole } from '../harness/open-console.ts';

const start = (options: Partial<UpOptions> = {}) =>
  startUp({
    ...{ port: 0, serialPort: 0, linePort: 0, apiPort: 0, tokenPort: 0 },
    host: '127.0.0.1',
    simulator: true,
    logger: silentLogger,
    ...options,
  });

/** The command line, pointed at a mesh. */
const pointAt = (mesh: RunningMesh) => async (command: string) => {
  const text = { stdout: '', stderr: '' };
  const output = (name: keyof typeof text) => ({
    write(more: string) {
      text[name] += more;
    },
  });
  const code = await runCommandLine(command.split(' '), {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: new PassThrough().end(),
    env: { CONSOLEMESH_API: mesh.api, CONSOLEMESH_TOKEN_API: mesh.tokenApi },
    stop: () => new AbortController().signal,
  });
  return { code, ...text };
};

const upFolders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('consolemesh-up-'));

describe('a mesh in one process', () => {
  let mesh: RunningMesh;
  let run: ReturnType<typeof pointAt>;
  beforeAll(async () => {
    mesh = await start();
    run = pointAt(mesh);
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  test('its printed URLs open the screens of all machines, direct and through a relay, plain VNC servers and iDRACs', async () => {
    expect(mesh.nodes.map(({ name }) => name)).toEqual(['demo-1', 'demo-2', 'idrac-1', 'idrac-2']);
    for (const { name, url } of mesh.nodes) {
      using console = await openConsole(url);
      expect(console.opened).toMatchObject({ node: name, role: 'control', subject: 'demo' });
      const screen = await console.screen();
      // A picture and not an empty field: a firmware screen has text on it.
      expect(
        new Set(new Uint32Array(screen.buffer, screen.byteOffset, screen.length / 4)).size,
      ).toBeGreaterThan(1);
    }
    const { stdout } = await run('console list -o json');
    const kinds = JSON.parse(stdout).filter(({ kind }: { kind: string }) => kind === 'graphical');
    expect(kinds.map(({ endpointKind }: { endpointKind: string }) => endpointKind)).toEqual([
      ...['tcp', 'relay', 'relay', 'tcp'],
    ]);
  });

  test('their serial consoles are open at the same time: what is typed is answered', async () => {
    using screen = await openConsole(mesh.nodes[0]!.url);
    for (const { name, serialUrl } of mesh.nodes) {
      using tab = await knock(serialUrl);
      expect(await tab.next()).toMatchObject({ type: 'opened', kind: 'serial', node: name, role: 'control' });
      let said = '';
      tab.stream.on('data', (bytes) => {
        said += bytes;
      });
      // Whatever it is doing, it boots to a prompt.
      await eventually(
        () => {
          if (!said.includes('login:')) tab.stream.write('\r');
          return said.includes('login:');
        },
        Boolean,
        { withinMs: 60_000, everyMs: 500, what: `a login prompt of ${name}` },
      );
    }
    expect((await screen.screen()).length).toBeGreaterThan(0);
  }, 120_000);

  test('the doctor finds nothing wrong with any', async () => {
    for (const { name } of mesh.nodes) {
      const { code, stdout } = await run(`doctor ${name}`);
      expect(stdout).not.toMatch(/^✗/m);
      expect(code).toBe(0);
    }
  });

  test('a session is listed, and ends with the sentence of whoever terminates it', async () => {
    const { stdout: url } = await run('console url demo-1 --subject grace');
    using console = await openConsole(url.trim());
    const [session] = await eventually(
      async () => JSON.parse((await run('session list --subject grace -o json')).stdout),
      (sessions) => sessions.length === 1 && sessions[0].state === 'open',
    );
    expect(session).toMatchObject({ id: console.opened.session, nodeName: 'demo-1', role: 'control' });
    expect((await run(`session terminate ${session.id} --message Lunch.`)).code).toBe(0);
    expect((await console.closed).closing).toMatchObject({ reason: 'SESSION_TERMINATED', message: 'Lunch.' });
  });

  test('a session that is ended with its access does not come back, and what was revoked is told', async () => {
    const { stdout } = await run('console url demo-1 --subject edsger -o json');
    const { url, tokenId } = JSON.parse(stdout);
    using console = await openConsole(url);
    const ended = await run(`session terminate ${console.opened.session} --revoke -o json`);
    expect(JSON.parse(ended.stdout)).toMatchObject([
      { node: 'demo-1', subject: 'edsger', revokedTokens: [tokenId] },
    ]);
    await console.closed;
    await expect(openConsole(url)).rejects.toThrow('TOKEN_REVOKED');
  });

  test('revoking a token ends the session that was opened with it, at once', async () => {
    const { stdout } = await run('console url demo-2 --subject linus --view-only -o json');
    const { url, tokenId } = JSON.parse(stdout);
    using console = await openConsole(url);
    expect(console.opened).toMatchObject({ role: 'view' });
    expect((await run('token list --subject linus')).stdout).toContain(tokenId);
    expect((await run(`token revoke ${tokenId}`)).stdout).toBe('1 revoked\n');
    expect((await console.closed).closing).toMatchObject({ reason: 'TOKEN_REVOKED' });
    await expect(openConsole(url)).rejects.toThrow('TOKEN_REVOKED');
  });

  test('a URL that is good once opens once', async () => {
    const { stdout: url } = await run('console url demo-1 --single-use');
    using _console = await openConsole(url.trim());
    await expect(openConsole(url.trim())).rejects.toThrow('TOKEN_USED');
  });

  test('a machine with power is switched and its made-up console opened, all by command', async () => {
    expect((await run('node create f1 --graphical fake --power fake --serial none')).code).toBe(0);
    expect((await run('power on f1')).stdout).toContain('on');
    expect((await run('power show f1')).stdout).toContain('on');
    expect((await run('boot-device f1 pxe')).code).toBe(0);
    expect((await run('console enable f1 --wait')).stdout).toContain('ready');
    using console = await openConsole((await run('console url f1')).stdout.trim());
    expect((await console.screen()).length).toBeGreaterThan(0);
    expect((await run('node delete f1')).code).toBe(4);
    expect((await run('node delete f1 --force')).code).toBe(0);
    expect((await run('node show f1')).code).toBe(3);
  });
});

test('nodes and their secrets outlive a mesh that has a folder of its own, and the folder is private', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-data-'));
  const data = join(folder, 'kept');
  try {
    {
      await using mesh = await start({ data });
      expect((await pointAt(mesh)('node create mine --info vnc_address=192.0.2.1')).code).toBe(0);
    }
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(data, 'conductor.sqlite.keys'))).mode & 0o777).toBe(0o600);
    await using mesh = await start({ data });
    expect((await pointAt(mesh)('node show mine')).code).toBe(0);
    using console = await openConsole(mesh.nodes[0]!.url);
    expect((await console.screen()).length).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a taken port is named with the option that chooses another, and nothing is started', async () => {
  const before = await upFolders();
  const squatter = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  const { port } = squatter.address() as { port: number };
  await expect(start({ port })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is taken by another program; choose another with --port`,
  );
  await expect(start({ apiPort: port })).rejects.toThrow('choose another with --api-port');
  squatter.close();
  expect(await upFolders()).toEqual(before);
});

test('a database that stays is refused without a folder for its key ring', async () => {
  await expect(start({ databaseUrl: 'postgres://localhost/x' })).rejects.toThrow('--data');
});
