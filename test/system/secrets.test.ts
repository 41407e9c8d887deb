import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, type TestBrowser, type TestPage } from '../harness/chromium.ts';
import { terminalText } from '../harness/terminal-text.ts';
import { compose, consolemeshHere, containers, docker, everythingSaid, inside } from './docker.ts';
import { withinMs } from './faults/wait.ts';
import { canary, expectNone, learnConsolePasswords, learnSecretFiles, secrets } from './known-secrets.ts';
import { deleteWrong, tryInVain, wrongNodes } from './wrong-nodes.ts';

const minute = 60_000;
/** Says nothing while all is well. */
const quiet = ['balancer'];
let browser: TestBrowser;
/** One of each driver for serial consoles; the first is recorded. */
const lines = ['vnc-1', 'idrac-2', 'openbmc-1'];
let opened: TestPage;
const serials: TestPage[] = [];
let token: string;

/** Uses everything once, failures included, so that each secret had its occasion to get out. */
beforeAll(async () => {
  const files = await learnSecretFiles();
  await Promise.all(wrongNodes.map((node) => tryInVain(node, files)));
  await consolemeshHere('console', 'enable', 'idrac-1', '--wait', '90s');
  const url = (await consolemeshHere('console', 'url', 'idrac-1', '--quiet')).trim();
  token = new URLSearchParams(new URL(url).hash.slice(1)).get('token')!;
  secrets.set('token of a link', token);
  browser = await launchChromium();
  opened = await browser.newPage();
  await opened.page.goto(url);
  await opened.page.locator('#state', { hasText: 'Connected' }).waitFor({ timeout: minute });
  await opened.page.reload();
  await opened.page.locator('#state', { hasText: 'Connected' }).waitFor({ timeout: minute });
  for (const node of lines) serials.push(await openSerial(node));
  await typePassword(serials[0]!.page);
  await learnConsolePasswords();
}, 8 * minute);

afterAll(async () => {
  for (const page of [opened, ...serials]) await page?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
  for (const { name } of wrongNodes) await deleteWrong(name);
});

it('knows what to look for', () => {
  const names = [...secrets.keys()].join('\n');
  for (const kind of [
    'password',
    'tls.key',
    'key-ring',
    'database-url',
    'token of a link',
    'console password',
    'bmc-vnc.ipmi-password',
    'bmc-openbmc.password',
    ...wrongNodes.flatMap(({ name, madeUp }) => madeUp.map((field) => `${field} of ${name}`)),
    'password typed at a login',
  ])
    expect(names).toContain(kind);
  expect(secrets.size).toBeGreaterThan(30);
});

it(
  'finds no secret in a log',
  async () => {
    const said = await everythingSaid();
    const speakers = new Set([...said.matchAll(/([a-z\d-]+)-1 +\|/g)].map(([, service]) => service));
    for (const service of (await containers()).keys())
      if (!quiet.includes(service)) expect(speakers).toContain(service);
    expectNone(said);
  },
  4 * minute,
);

it(
  'finds no secret in what the engine tells of containers, images and volumes',
  async () => {
    const ids = [...(await containers()).values()].map(({ Id }) => Id);
    const told = await docker('inspect', ...ids);
    expect(told).toContain('CONSOLEMESH_TLS_KEY_FILE');
    expectNone(told);
    const images = [...new Set((JSON.parse(told) as { Image: string }[]).map(({ Image }) => Image))];
    for (const image of images) expectNone(await docker('history', '--no-trunc', image));
  },
  4 * minute,
);

it.runIf(process.platform === 'linux')(
  'finds no secret in an argument or in the environment of a process',
  async () => {
    let processes = 0;
    const programs = new Set<string>();
    for (const { Id, State } of (await containers()).values()) {
      if (State.Status !== 'running') continue;
      const listed = (await docker('top', Id, '-eo', 'pid')).trim().split('\n').slice(1);
      for (const pid of listed.map((line) => line.trim())) {
        const shown = await Promise.all(
          ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')),
        );
        processes += shown.some((text) => text !== '') ? 1 : 0;
        programs.add(shown[0]!.split('\0')[0]!.split('/').at(-1)!);
        expectNone(shown.join('\n'));
      }
    }
    expect(processes).toBeGreaterThan(15);
    // Those of a serial console that somebody looks at are among them.
    expect([...programs]).toEqual(expect.arrayContaining(['node', 'socat', 'sh', 'ipmitool']));
  },
);

it(
  'keeps the password for ipmitool in one file in memory, which the driver alone can read, and none of its other files holds a secret',
  async () => {
    const files = await filesIn('bmc-driver-ipmi-socat-1', '/run/consolemesh');
    expect(files.length).toBeGreaterThan(4);
    expect(files.map(({ mode }) => mode)).toEqual(files.map(() => '600'));
    const holding = files.filter(({ text }) => [...secrets.values()].some((secret) => text.includes(secret)));
    expect(holding.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/run\/consolemesh\/socat\/c-[0-9a-f]+\/password$/),
    ]);
    expect(holding[0]!.text).toBe(secrets.get('nodes/bmc-idrac-redfish.password'));
    const mounts = await inside(
      'bmc-driver-ipmi-socat-1',
      `console.log((await import('node:fs')).readFileSync('/proc/mounts', 'utf8'));`,
    );
    expect(mounts).toMatch(/^tmpfs \/run\/consolemesh tmpfs /m);
  },
  4 * minute,
);

it(
  'records what a serial console says, and no password that was typed there',
  async () => {
    const files = await filesIn('bmc-driver-ipmi-sol-1', '/var/log/consolemesh');
    const said = files.map(({ text }) => text).join('\n');
    expect(said).toContain('Password:');
    expect(files.map(({ mode }) => mode)).toEqual(files.map(() => '600'));
    expectNone(said);
    expectNone(files.map(({ path }) => path).join('\n'));
  },
  4 * minute,
);

it(
  'finds no secret in a dump of the databases',
  async () => {
    const dump = await compose('exec', '-T', 'postgres', 'pg_dumpall', '--host=/tmp', '--username=postgres');
    expect(dump).toContain('idrac-1');
    expect(dump).toContain('conductor_audit');
    expectNone(dump);
    expectNone(decodedBytes(dump));
  },
  4 * minute,
);

it(
  'finds no secret in a trace',
  async () => {
    const script = `import { connect } from 'node:http2';
    const session = connect('https://127.0.0.1:4317', { rejectUnauthorized: false });
    const parts = [];
    session.request({ ':path': '/' }).on('data', (part) => parts.push(part)).on('end', () => { session.close(); process.stdout.write(Buffer.concat(parts).toString('latin1')); });`;
    const spans = await withinMs(minute, 'the trace of an opening is there', async () => {
      const text = await compose('exec', '-T', 'spans', 'node', '--input-type=module', '-e', script);
      const all = [
        'first picture',
        'EnableConsole',
        'serialproxy',
        'ipmi-sol',
        'ipmi-socat',
        'redfish-serial',
      ];
      return all.every((word) => text.includes(word)) ? text : undefined;
    });
    expectNone(spans!);
  },
  2 * minute,
);

it(
  'finds no secret in the metrics',
  async () => {
    for (const service of [
      'conductor-1',
      'token-1',
      'novncproxy-1',
      'serialproxy-1',
      'bmc-driver-idrac-wsman-1',
      'bmc-driver-ipmi-sol-1',
      'bmc-driver-ipmi-socat-1',
      'bmc-driver-redfish-serial-1',
      'container-provider',
    ]) {
      const text = await inside(
        service,
        `console.log(await (await fetch('http://127.0.0.1:9464/metrics')).text());`,
      );
      expect(text).toContain('# TYPE consolemesh_');
      expectNone(text);
    }
  },
  4 * minute,
);

it(
  'finds no secret in what the API and the command line tell',
  async () => {
    const commands = [
      ['node', 'list', '-o', 'json'],
      ...wrongNodes.map(({ name }) => ['node', 'show', name, '-o', 'json']),
      ['console', 'show', 'idrac-1', '-o', 'json'],
      ...wrongNodes.map(({ name, kind }) => ['console', 'show', name, '--kind', kind, '-o', 'json']),
      ...lines.map((name) => ['console', 'show', name, '--kind', 'serial', '-o', 'json']),
      ['console', 'log', 'vnc-1', '-o', 'json'],
      ['session', 'list', '-o', 'json'],
      ['token', 'list', '-o', 'json'],
      ['audit', 'list', '-o', 'json'],
    ];
    for (const command of commands) {
      const told = await consolemeshHere(...command);
      expect(told.length, command.join(' ')).toBeGreaterThan(2);
      expectNone(told);
    }
  },
  4 * minute,
);

it('leaves a browser nothing but a ticket that is good for its own session', async () => {
  for (const { page, context } of [opened, ...serials]) {
    const { storage, rest } = await keptBy(page);
    expectNone(rest + JSON.stringify(await context.storageState()));
    expect(page.url()).not.toContain('token');
    expectNone(Object.values(storage).join('\n'));
    expect(JSON.stringify(storage)).toMatch(/resume|ticket/i);
  }
});

/** Opens a serial console in a browser and remembers the token of its link. */
async function openSerial(node: string): Promise<TestPage> {
  await consolemeshHere('console', 'enable', node, '--kind', 'serial', '--wait', '90s');
  const url = (await consolemeshHere('console', 'url', node, '--kind', 'serial', '--quiet')).trim();
  secrets.set(`token of a link to ${node}`, new URLSearchParams(new URL(url).hash.slice(1)).get('token')!);
  const page = await browser.newPage();
  await page.page.goto(url);
  await page.page.locator('#state', { hasText: 'Connected' }).waitFor({ timeout: minute });
  return page;
}

/** Logs in at a machine's own login, which does not show the password, and out again. */
async function typePassword(page: Page): Promise<void> {
  const password = canary('password typed at a login');
  const shows = (text: string) =>
    withinMs(minute, `the terminal shows ${text}`, async () => (await terminalText(page)).includes(text));
  await page.keyboard.press('Control+c');
  await shows('login:');
  await page.keyboard.type('ada\n');
  await shows('Password:');
  await page.keyboard.type(`${password}\n`);
  await shows('for what can be done here');
  await page.keyboard.press('Control+d');
}

/** Every file below a folder of a container. */
async function filesIn(
  service: string,
  folder: string,
): Promise<{ path: string; mode: string; text: string }[]> {
  const script = `import { readdirSync, readFileSync, statSync } from 'node:fs';
    const files = readdirSync('${folder}', { recursive: true }).map((name) => '${folder}/' + name).filter((path) => statSync(path).isFile());
    console.log(JSON.stringify(files.map((path) => ({ path, mode: (statSync(path).mode & 0o777).toString(8), text: readFileSync(path, 'latin1') }))));`;
  return JSON.parse(await inside(service, script)) as { path: string; mode: string; text: string }[];
}

/** Columns of bytes as text, since a dump writes them as hexadecimal digits. */
function decodedBytes(dump: string): string {
  return [...dump.matchAll(/\\x([0-9a-f]{8,})/g)]
    .map(([, hex]) => Buffer.from(hex!, 'hex').toString('latin1'))
    .join('\n');
}

/** What a page keeps: `storage` is that of its tab, `rest` everything else. */
function keptBy(page: Page): Promise<{ storage: Record<string, string>; rest: string }> {
  return page.evaluate(`(async () => ({
    storage: { ...sessionStorage },
    rest: JSON.stringify([{ ...localStorage }, document.cookie, location.href, document.referrer, history.state,
      performance.getEntriesByType('resource').map(({ name }) => name), indexedDB.databases ? await indexedDB.databases() : [],
      await caches.keys(), document.documentElement.outerHTML]),
  }))()`);
}
