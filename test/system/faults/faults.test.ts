import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { artifacts } from '../../harness/chromium.ts';
import { createRandom, shuffle } from '../../harness/random.ts';
import { libfaketime } from '../../system-packages.mjs';
import { consolemeshHere, inside, shellOfSocat, unwell } from '../docker.ts';
import { atLine } from './at-line.ts';
import {
  besideEachOther,
  cuts,
  databaseDown,
  type Fault,
  fullDisk,
  kills,
  rolling,
  serialCuts,
  serialKills,
  slowMachine,
  steppedClock,
} from './fault.ts';
import { checkLeases, readLeases, recordLeases } from './lease-history.ts';
import { outageBetween, startViewer, type Viewer } from './viewer.ts';
import { withinMs } from './wait.ts';

const minute = 60_000;
/** `npm run soak` sets it; without, each fault happens once: a kill for each kind of service, and some of the cuts. */
const soakMinutes = Number(process.env.CONSOLEMESH_SOAK_MINUTES ?? 0);
const fewCuts = 3;
const seed = Number(process.env.CONSOLEMESH_TEST_FAULT_SEED ?? randomInt(2 ** 31));
const random = createRandom(seed);
/** After a fault is mended everybody has to see a picture within this time. */
const recoveryMs = 90_000;

const screens = ['vnc-1', 'idrac-1', 'idrac-2'];
/** One of each driver for serial consoles. */
const lines = ['vnc-1', 'idrac-2', 'openbmc-1'];

const viewers: Viewer[] = [];
/** What a fault cost: the longest without a picture and without a serial console, the sum over all viewers; ms. */
const report: {
  fault: string;
  longest: number;
  longestSerial: number;
  sum: number;
  byHand: number;
  lost: number;
}[] = [];

beforeAll(async () => {
  console.log(`[faults] seed ${seed}: CONSOLEMESH_TEST_FAULT_SEED=${seed} repeats the choice`);
  await recordLeases();
  for (const node of screens) {
    await consolemeshHere('console', 'enable', node, '--wait', '90s');
    viewers.push(await startViewer(node, await link(node)));
  }
  for (const node of lines) {
    await consolemeshHere('console', 'enable', node, '--kind', 'serial', '--wait', '90s');
    viewers.push(await startViewer(`${node}, serial`, await link(node, '--kind', 'serial'), atLine));
  }
  viewers.push(await startViewer('vnc-1, looking only', await link('vnc-1', '--view-only')));
}, 6 * minute);

afterAll(async () => {
  for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
  const rows = report.map(
    ({ fault, longest, longestSerial, sum, byHand, lost }) =>
      `| ${fault} | ${seconds(longest)} | ${seconds(longestSerial)} | ${seconds(sum / viewers.length)} | ${byHand} | ${lost} |`,
  );
  const text = [
    '| fault | longest without a picture, s | without a serial console, s | mean of the viewers, s | reconnected by hand | sessions lost |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  writeFileSync(`${artifacts}/faults.md`, text);
  console.log(text);
}, minute);

const everything = [...kills, ...serialKills, ...cuts, ...serialCuts];
const some = () => [
  ...besideEachOther(
    oneOfEachKind(shuffle(kills, random)),
    shuffle(oneOfEachKind(shuffle(serialKills, random)), random),
  ),
  ...besideEachOther(shuffle(cuts, random).slice(0, fewCuts), shuffle(serialCuts, random).slice(0, 1)),
];
const chosen: readonly Fault[] = [
  ...(soakMinutes > 0 ? everything : some()),
  ...[databaseDown, fullDisk, slowMachine, ...(libfaketime() ? [steppedClock] : []), rolling],
];

// Not `$name`, of which forty characters would be shown.
it.each(chosen.map((fault) => [fault.name, fault] as const))(
  'comes through: %s',
  (_name, fault) => comesThrough([fault]),
  5 * minute,
);

// Not skipped where it is not asked for: it is another thing to do.
if (soakMinutes > 0)
  it(
    'comes through faults at random, also two at once, for as long as it was told',
    async () => {
      const until = performance.now() + soakMinutes * minute;
      const all = [...everything, databaseDown, fullDisk, slowMachine];
      while (performance.now() < until) {
        const [one, other] = shuffle(all, random) as [Fault, Fault];
        await comesThrough(random() < 0.5 ? [one, other] : [one]);
      }
    },
    (soakMinutes + 10) * minute,
  );

it('never had a lease twice', async () => {
  const history = await readLeases();
  expect(new Set(history.map(({ owner }) => owner)).size).toBeGreaterThan(1);
  expect(checkLeases(history)).toEqual([]);
});

it(
  'leaves nothing: no session, no connection, nothing changed at a BMC',
  async () => {
    for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
    // Tabs that went without a word may come back for two minutes.
    const left = JSON.parse(await consolemeshHere('session', 'list', '-o', 'json')) as { id: string }[];
    for (const { id } of left) await consolemeshHere('session', 'terminate', id);
    expect(JSON.parse(await consolemeshHere('session', 'list', '-o', 'json'))).toEqual([]);
    for (const node of screens) await consolemeshHere('console', 'disable', node, '--wait', '90s');
    for (const node of lines)
      await consolemeshHere('console', 'disable', node, '--kind', 'serial', '--wait', '90s');
    await withinMs(
      minute,
      'no viewer is connected to bmc-vnc',
      async () => (await connectionsAt('bmc-vnc', 5900)) === 0,
    );
    for (const machine of ['bmc-idrac-wsman', 'bmc-idrac-redfish'])
      expect(await vncServerOf(machine), machine).toEqual('Disabled');
    for (const machine of ['bmc-vnc', 'bmc-idrac-wsman', 'bmc-idrac-redfish'])
      await withinMs(
        minute,
        `no serial console is active at ${machine}`,
        async () => (await activeConsoles(machine)) === 0,
      );
    expect(await leftOfSocat()).toEqual([]);
    await withinMs(
      minute,
      'no WebSocket is open at bmc-openbmc',
      async () => (await connectionsAt('bmc-openbmc', 8443)) === 0,
    );
  },
  4 * minute,
);

function byHands(): number {
  return viewers.reduce((sum, { byHand }) => sum + byHand, 0);
}

/** Instances of one service differ in their number. */
function oneOfEachKind(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [fault.name.replace(/-\d$/, ''), fault])).values()];
}

/** Lets faults happen, waits until all is as before, and writes down what it was like for the viewers. */
async function comesThrough(faults: readonly Fault[]): Promise<void> {
  const from = performance.now();
  const handsBefore = byHands();
  const lostBefore = viewers.filter(({ lost }) => lost !== undefined).length;
  await Promise.all(faults.map((fault) => fault.happen(random)));
  const mended = performance.now();
  await withinMs(2 * minute, 'every service healthy', async () => (await unwell()).length === 0);
  await withinMs(
    recoveryMs,
    'everybody sees a picture again',
    async () =>
      viewers.every(({ seenAt, lost }) => lost !== undefined || performance.now() - seenAt < 1_500) &&
      performance.now() > mended + 2_000,
  );
  const until = performance.now();
  const outages = viewers.map((viewer) => outageBetween(viewer, from, until));
  const longestOf = (kind: 'graphical' | 'serial') =>
    Math.max(0, ...outages.filter((_, at) => viewers[at]!.name.endsWith(', serial') === (kind === 'serial')));
  const lost = viewers.filter((viewer) => viewer.lost !== undefined);
  const fault = faults.map(({ name }) => name).join(' and ');
  console.log(
    `[faults] ${fault}: ${viewers.map(({ name }, at) => `${name} ${seconds(outages[at]!)} s`).join(', ')} without a picture`,
  );
  report.push({
    fault,
    longest: longestOf('graphical'),
    longestSerial: longestOf('serial'),
    sum: outages.reduce((a, b) => a + b, 0),
    byHand: byHands() - handsBefore,
    lost: lost.length - lostBefore,
  });
  expect(lost.map((viewer) => [viewer.name, viewer.lost])).toEqual([]);
  for (const { name, roles } of viewers) expect([name, roles.size]).toEqual([name, 1]);
}

async function link(node: string, ...options: string[]): Promise<string> {
  return (await consolemeshHere('console', 'url', node, '--quiet', ...options)).trim();
}

/** Connections that others have to a port of a container, as its own kernel counts them. */
async function connectionsAt(service: string, port: number): Promise<number> {
  const script = `import { readFileSync } from 'node:fs';
    const rows = ['tcp', 'tcp6'].flatMap((kind) => readFileSync('/proc/net/' + kind, 'utf8').trim().split('\\n').slice(1));
    const established = rows.map((row) => row.trim().split(/\\s+/)).filter(([, local, , state]) => state === '01' && parseInt(local.split(':')[1], 16) === ${port});
    console.log(established.length);`;
  return Number(await inside(service, script));
}

/** What a simulated iDRAC says about its VNC server, asked over Redfish from a driver's place in the network. */
async function vncServerOf(machine: string): Promise<string> {
  const script = `import { request } from 'node:https';
    const ask = request({ host: '127.0.0.1', port: 8443, path: '/redfish/v1/Managers/iDRAC.Embedded.1/Attributes', rejectUnauthorized: false,
      headers: { authorization: 'Basic ' + Buffer.from('root:' + (await import('node:fs')).readFileSync('/run/secrets/${machine}/users', 'utf8').trim().split(':')[2]).toString('base64') } }, (answer) => {
      let text = ''; answer.on('data', (part) => { text += part; }).on('end', () => console.log(JSON.parse(text).Attributes['VNCServer.1.Enable'])); });
    ask.end();`;
  return (await inside(machine, script)).trim();
}

/** Sessions of serial over LAN at a simulated BMC, which ipmitool asks: Get Payload Activation Status (IPMI 2.0 section 24.4). */
async function activeConsoles(machine: string): Promise<number> {
  const users = await inside(
    machine,
    `import { readFileSync } from 'node:fs'; process.stdout.write(readFileSync('/run/secrets/${machine}/users', 'utf8'));`,
  );
  const ask = `umask 077; cat >/run/consolemesh/asked
    ipmitool -I lanplus -H ${machine} -p 6230 -U root -f /run/consolemesh/asked raw 6 0x4a 1
    status=$?; rm /run/consolemesh/asked; exit $status`;
  const answer = await shellOfSocat(ask, users.trim().split(':')[2]!);
  // Capacity, then a bit for each instance.
  const [, low, high] = answer
    .trim()
    .split(/\s+/)
    .map((byte) => Number.parseInt(byte, 16)) as [number, number, number];
  return [...(low + 256 * high).toString(2)].filter((bit) => bit === '1').length;
}

/** What the driver for socat still has: processes of its consoles, and their folders with passwords. */
async function leftOfSocat(): Promise<string[]> {
  const script = `import { readdirSync, readFileSync } from 'node:fs';
    const lines = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => { try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8').replaceAll('\\0', ' '); } catch { return ''; } });
    const folders = readdirSync('/run/consolemesh/socat').filter((name) => name.startsWith('c-'));
    console.log(JSON.stringify([...lines.filter((line) => /^(\\S*\\/)?(socat|ipmitool|sh) /.test(line)), ...folders]));`;
  return JSON.parse(await inside('bmc-driver-ipmi-socat-1', script)) as string[];
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
