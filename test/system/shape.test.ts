import { execSync } from 'node:child_process';
import { expect, inject, it } from 'vitest';
import { compose, container, containers, docker, inside, oneShots } from './docker.ts';

const minute = 60_000;
/**
 * The image that holds more programs than Node.js: serial consoles of this driver are a socat and an ipmitool each, as Nova expects them,
 * and socat starts ipmitool by a script. The others have nothing that could be started in them.
 */
const socatImage = {
  name: 'consolemesh/bmc-driver-ipmi-socat:0.1.0',
  programs: ['sh', 'cat', 'find', 'flock', 'grep', 'ipmitool', 'mv', 'rm', 'socat', 'touch'],
};

it('brings everything up and says what to open and what the command line needs', async () => {
  const all = await containers();
  expect(all.size).toBeGreaterThanOrEqual(25);
  for (const [service, { State }] of all) {
    if (oneShots.includes(service))
      expect([service, State.Status, State.ExitCode]).toEqual([service, 'exited', 0]);
    else expect([service, State.Status, State.Health?.Status]).toEqual([service, 'running', 'healthy']);
  }
  const { pagePort, serialPort, apiPort, tokenPort } = inject('project');
  const said = await compose('logs', '--no-log-prefix', 'nodes');
  expect(said).toMatch(new RegExp(`Open http://127\\.0\\.0\\.1:${pagePort}/#token=`));
  expect(said).toMatch(new RegExp(`and http://127\\.0\\.0\\.1:${serialPort}/#token=`));
  expect(said).toContain('docker compose run --rm cli node list');
  expect(said).toContain(`CONSOLEMESH_API=127.0.0.1:${apiPort} CONSOLEMESH_TOKEN_API=127.0.0.1:${tokenPort}`);
  expect(said).toContain('CONSOLEMESH_TLS_CERTIFICATE_FILE=');
});

it('runs each service as a user of its own without rights, on a root that nobody can write to', async () => {
  for (const [service, { Config, HostConfig }] of await containers()) {
    expect([service, HostConfig.ReadonlyRootfs]).toEqual([service, true]);
    expect([service, HostConfig.CapDrop]).toEqual([service, ['ALL']]);
    expect([service, HostConfig.SecurityOpt]).toEqual([service, ['no-new-privileges:true']]);
    if (service === 'setup') continue;
    expect([service, HostConfig.CapAdd ?? []]).toEqual([service, []]);
    expect(Config.User, service).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  }
});

it('publishes the load balancer alone, and on this machine alone', async () => {
  for (const [service, { HostConfig }] of await containers()) {
    const published = Object.entries(HostConfig.PortBindings ?? {});
    expect(published.map(([port]) => port).sort(), service).toEqual(
      service === 'balancer' ? ['6090/tcp', '6091/tcp', '6092/tcp', '7110/tcp', '7120/tcp'] : [],
    );
    for (const [, [binding]] of published) expect(binding?.HostIp).toBe('127.0.0.1');
  }
});

it('gives a service its own secrets in files, and no other service’s', async () => {
  const script = `import { readdirSync, readFileSync, statSync } from 'node:fs';
    const answer = {};
    for (const folder of readdirSync('/run/secrets')) {
      try { for (const file of readdirSync('/run/secrets/' + folder))
        answer[folder + '/' + file] = [(statSync('/run/secrets/' + folder + '/' + file).mode & 0o777).toString(8), readFileSync('/run/secrets/' + folder + '/' + file, 'utf8')];
      } catch (error) { answer[folder] = error.code; }
    }
    console.log(JSON.stringify(answer));`;
  const seen = JSON.parse(await inside('conductor-1', script)) as Record<string, string | [string, string]>;
  const read = Object.entries(seen).filter(([, found]) => Array.isArray(found));
  expect(read.map(([file]) => file).sort()).toEqual(
    ['ca.pem', 'database-url', 'key-ring', 'tls.key', 'tls.pem'].map((file) => `conductor/${file}`),
  );
  expect(seen).toMatchObject({ token: 'EACCES', mesh: 'EACCES', 'bmc-vnc': 'EACCES', admin: 'EACCES' });
  expect(new Set(read.map(([, found]) => found[0]))).toEqual(new Set(['400']));
});

it(
  'leaves only drivers a way to the machines, and the machines none to the services',
  async () => {
    const machine = (await container('bmc-vnc')).NetworkSettings.Networks;
    const address = Object.values(machine)[0]!.IPAddress;
    const token = Object.entries((await container('token-1')).NetworkSettings.Networks).find(([name]) =>
      name.endsWith('_mesh'),
    )![1].IPAddress;
    const attempt = (host: string, port: number) => `import { connect } from 'node:net';
    const socket = connect({ host: '${host}', port: ${port} });
    socket.setTimeout(3000, () => { console.log('silence'); process.exit(); });
    socket.on('connect', () => { console.log('connected'); process.exit(); }).on('error', ({ code }) => { console.log(code); process.exit(); });`;
    const nothing = /^(silence|EHOSTUNREACH|ENETUNREACH)$/;
    expect((await inside('bmc-driver-vnc-1', attempt(address, 5900))).trim()).toBe('connected');
    for (const proxy of ['novncproxy-1', 'serialproxy-1', 'conductor-1', 'token-1'])
      expect([proxy, (await inside(proxy, attempt(address, 5900))).trim()]).toEqual([
        proxy,
        expect.stringMatching(nothing),
      ]);
    // The load balancer has no Node.js.
    const knock = (host: string, port: number) =>
      compose('exec', '-T', 'balancer', 'timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/${host}/${port}`);
    await knock('novncproxy-1', 6090);
    await expect(knock(address, 5900)).rejects.toSatisfy(
      ({ code, stderr }) => code === 124 || /unreachable|no route/i.test(stderr),
    );
    expect((await inside('novncproxy-1', attempt(token, 7120))).trim()).toBe('connected');
    expect((await inside('bmc-vnc', attempt(token, 7120))).trim()).toMatch(nothing);
  },
  minute,
);

it(
  'holds no program but Node.js in an image, and in that of ipmi-socat those alone that it starts',
  async () => {
    // Libraries may be executed, too; what the engine mounts and what is only named by a link is not of the image.
    const script = String.raw`import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
      const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
      const isProgram = (file) => {
        if (/\.(node|so(\.[\d.]+)?)$/.test(file) || (statSync(file).mode & 0o111) === 0) return false;
        const head = Buffer.alloc(4);
        const open = openSync(file);
        readSync(open, head);
        closeSync(open);
        return head.equals(elf);
      };
      const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = folder + entry.name;
        if (entry.isFile()) return isProgram(path) ? [path] : [];
        return entry.isDirectory() && !/^\/(proc|sys|dev|run|tmp|var)$/.test(path) ? walk(path + '/') : [];
      });
      console.log(JSON.stringify(walk('/')));`;
    const ours = [...(await containers())].filter(([, { Config }]) =>
      Config.Image.startsWith('consolemesh/'),
    );
    const running = ours.filter(([service]) => !oneShots.includes(service));
    const images = new Map(running.map(([service, { Config }]) => [Config.Image, service]));
    expect(images.size).toBeGreaterThanOrEqual(11);
    for (const [image, service] of images) {
      const found = JSON.parse(await inside(service, script)) as string[];
      // The engine's own, where a service has `init`.
      const programs = found
        .filter((path) => path !== '/sbin/docker-init')
        .map((path) => path.split('/').at(-1)!);
      const expected = ['node', ...(image === socatImage.name ? socatImage.programs : [])];
      expect([image, programs.sort()]).toEqual([image, expected.sort()]);
    }
  },
  minute,
);

it(
  'holds no test, no tool and no shell in an image',
  async () => {
    const id = (await docker('create', 'consolemesh/conductor:0.1.0')).trim();
    try {
      const files = execSync(`docker export ${id} | tar -t`, { encoding: 'utf8', maxBuffer: 2 ** 26 }).split(
        '\n',
      );
      expect(files).toContain('app/services/conductor/src/main.ts');
      const unwanted =
        /\.test\.ts$|\/vitest\/|\/typescript\/|\/esbuild\/|(^|\/)\.git\/|(^|\/)bin\/(sh|bash|npm)$|\.pem$/;
      expect(files.filter((file) => unwanted.test(file))).toEqual([]);
    } finally {
      await docker('rm', id);
    }
  },
  minute,
);
