import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealer, parseKeyRing } from '@consolemesh/store';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchChromium, type TestBrowser, type TestPage } from '../harness/chromium.ts';
import { compose, consolemeshHere, containers, docker, everythingSaid, inside } from './docker.ts';
import { sql } from './faults/lease-history.ts';
import { withinMs } from './faults/wait.ts';

const minute = 60_000;
/** Says nothing while all is well. */
const quiet = ['balancer'];
/** What must be found nowhere: a name for each, and the text itself. */
const secrets = new Map<string, string>();
let browser: TestBrowser;
let opened: TestPage;
let token: string;
let scratch: string;

/** Uses everything once, failures included, so that each secret had its occasion to get out. */
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'consolemesh-canary-'));
  // Of a stack that was kept.
  await consolemeshHere('node', 'delete', 'wrong-1', '--force').catch(() => {});
  for (const [file, text] of Object.entries(await secretFiles())) learn(file, text);
  await consolemeshHere(
    'node',
    'create',
    'wrong-1',
    '--info',
    'drac_address=bmc-idrac-wsman',
    '--info',
    'drac_port=8443',
    '--info',
    'drac_username=root',
    '--info',
    `drac_ca=${await machinesAuthority()}`,
    '--secret',
    `drac_password=@${await canaryFile()}`,
  );
  await consolemeshHere('console', 'enable', 'wrong-1', '--wait', '30s').catch(() => {});
  await consolemeshHere('node', 'validate', 'wrong-1', '--reachability').catch(() => {});
  await consolemeshHere('doctor', 'wrong-1').catch(() => {});
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
  await learnConsolePasswords();
}, 4 * minute);

afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
  await consolemeshHere('node', 'delete', 'wrong-1', '--force').catch(() => {});
  await rm(scratch, { recursive: true, force: true });
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
    'canary',
  ])
    expect(names).toContain(kind);
  expect(secrets.size).toBeGreaterThan(20);
});

it('finds no secret in a log', async () => {
  const said = await everythingSaid();
  const speakers = new Set([...said.matchAll(/([a-z\d-]+)-1 +\|/g)].map(([, service]) => service));
  for (const service of (await containers()).keys())
    if (!quiet.includes(service)) expect(speakers).toContain(service);
  expectNone(said);
});

it('finds no secret in what the engine tells of containers, images and volumes', async () => {
  const ids = [...(await containers()).values()].map(({ Id }) => Id);
  const told = await docker('inspect', ...ids);
  expect(told).toContain('CONSOLEMESH_TLS_KEY_FILE');
  expectNone(told);
  const images = [...new Set((JSON.parse(told) as { Image: string }[]).map(({ Image }) => Image))];
  for (const image of images) expectNone(await docker('history', '--no-trunc', image));
});

it.runIf(process.platform === 'linux')(
  'finds no secret in an argument or in the environment of a process',
  async () => {
    let processes = 0;
    for (const { Id, State } of (await containers()).values()) {
      if (State.Status !== 'running') continue;
      const listed = (await docker('top', Id, '-eo', 'pid')).trim().split('\n').slice(1);
      for (const pid of listed.map((line) => line.trim())) {
        const shown = await Promise.all(
          ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')),
        );
        processes += shown.some((text) => text !== '') ? 1 : 0;
        expectNone(shown.join('\n'));
      }
    }
    expect(processes).toBeGreaterThan(15);
  },
);

it('finds no secret in a dump of the databases', async () => {
  const dump = await compose('exec', '-T', 'postgres', 'pg_dumpall', '--host=/tmp', '--username=postgres');
  expect(dump).toContain('idrac-1');
  expect(dump).toContain('conductor_audit');
  expectNone(dump);
  expectNone(decodedBytes(dump));
});

it(
  'finds no secret in a trace',
  async () => {
    const script = `import { connect } from 'node:http2';
    const session = connect('https://127.0.0.1:4317', { rejectUnauthorized: false });
    const parts = [];
    session.request({ ':path': '/' }).on('data', (part) => parts.push(part)).on('end', () => { session.close(); process.stdout.write(Buffer.concat(parts).toString('latin1')); });`;
    const spans = await withinMs(minute, 'the trace of an opening is there', async () => {
      const text = await compose('exec', '-T', 'spans', 'node', '--input-type=module', '-e', script);
      return text.includes('first picture') && text.includes('EnableConsole') ? text : undefined;
    });
    expectNone(spans!);
  },
  2 * minute,
);

it('finds no secret in the metrics', async () => {
  for (const service of [
    'conductor-1',
    'token-1',
    'novncproxy-1',
    'bmc-driver-idrac-wsman-1',
    'container-provider',
  ]) {
    const text = await inside(
      service,
      `console.log(await (await fetch('http://127.0.0.1:9464/metrics')).text());`,
    );
    expect(text).toContain('# TYPE consolemesh_');
    expectNone(text);
  }
});

it('finds no secret in what the API and the command line tell', async () => {
  const commands = [
    ['node', 'list', '-o', 'json'],
    ['node', 'show', 'wrong-1', '-o', 'json'],
    ['console', 'show', 'idrac-1', '-o', 'json'],
    ['console', 'show', 'wrong-1', '-o', 'json'],
    ['session', 'list', '-o', 'json'],
    ['token', 'list', '-o', 'json'],
    ['audit', 'list', '-o', 'json'],
  ];
  for (const command of commands) {
    const told = await consolemeshHere(...command);
    expect(told.length, command.join(' ')).toBeGreaterThan(2);
    expectNone(told);
  }
});

it('leaves a browser nothing but a ticket that is good for its own session', async () => {
  const { storage, rest } = await keptBy(opened.page);
  expectNone(rest + JSON.stringify(await opened.context.storageState()));
  expect(opened.page.url()).not.toContain(token);
  expectNone(Object.values(storage).join('\n'));
  expect(JSON.stringify(storage)).toMatch(/resume|ticket/i);
});

/** @throws with the names of the secrets that a text holds, and never with the secrets */
function expectNone(text: string): void {
  const found = [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
  expect(found).toEqual([]);
}

/** Takes from a secret file what may not get out: of a key each line, of an address its password, of a list of users theirs. */
function learn(file: string, text: string): void {
  if (file.endsWith('.key')) {
    const lines = text.split('\n').filter((line) => line.length >= 40);
    for (const [at, line] of lines.entries()) secrets.set(`${file}, line ${at + 1}`, line);
  } else if (file.endsWith('/database-url')) secrets.set(file, new URL(text).password);
  else if (file.endsWith('/key-ring'))
    for (const { id, key } of parseKeyRing(text)) secrets.set(`${file} ${id}`, key.toString('base64'));
  else if (file.endsWith('/users')) secrets.set(file, text.trim().split(':')[2]!);
  else if (file.endsWith('password')) secrets.set(file, text.trim());
}

/** Everything in the volume `secrets` by its path, read by a container without a network. */
async function secretFiles(): Promise<Record<string, string>> {
  const script = `const { readdirSync, readFileSync, statSync } = require('node:fs'); const all = {};
    for (const file of readdirSync('/s', { recursive: true })) if (statSync('/s/' + file).isFile()) all[file] = readFileSync('/s/' + file, 'utf8');
    console.log(JSON.stringify(all));`;
  const volume = `${inject('project').name}_secrets:/s:ro`;
  return JSON.parse(
    await docker(
      'run',
      '--rm',
      '--network=none',
      '--volume',
      volume,
      'node:24-trixie-slim',
      'node',
      '-e',
      script,
    ),
  );
}

/** What the conductor keeps sealed of running consoles, opened here with its own key: passwords that were made for them. */
async function learnConsolePasswords(): Promise<void> {
  const sealer = createSealer({ keys: parseKeyRing((await secretFiles())['conductor/key-ring']!) });
  const rows = await sql(
    "SELECT id || ' ' || encode(secrets, 'hex') FROM conductor_consoles WHERE secrets IS NOT NULL",
  );
  for (const row of rows.trim().split('\n')) {
    const [id, hex] = row.split(' ') as [string, string];
    const { password } = JSON.parse(
      sealer.open(Buffer.from(hex, 'hex'), `console/${id}`).toString('utf8'),
    ) as { password: string };
    secrets.set(`console password of ${id}`, password);
  }
}

/** A password that is wrong, so that a BMC refuses it and says so. */
async function canaryFile(): Promise<string> {
  const file = join(scratch, 'password');
  const canary = `Canary-${randomBytes(6).toString('hex')}`;
  secrets.set('canary', canary);
  await writeFile(file, canary, { mode: 0o600 });
  return file;
}

async function machinesAuthority(): Promise<string> {
  return (await secretFiles())['machines/ca.pem']!;
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
