import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { artifacts } from '../../harness/chromium.ts';
import { createRandom, shuffle } from '../../harness/random.ts';
import { libfaketime } from '../../system-packages.mjs';
import { consolemeshHere, inside, unwell } from '../docker.ts';
import {
  cuts,
  databaseDown,
  type Fault,
  fullDisk,
  kills,
  rolling,
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

const viewers: Viewer[] = [];
const report: { fault: string; longest: number; sum: number; byHand: number; lost: number }[] = [];

beforeAll(async () => {
  console.log(`[faults] seed ${seed}: CONSOLEMESH_TEST_FAULT_SEED=${seed} repeats the choice`);
  await recordLeases();
  for (const node of ['vnc-1', 'idrac-1', 'idrac-2']) {
    await consolemeshHere('console', 'enable', node, '--wait', '90s');
    viewers.push(await startViewer(node, await link(node)));
  }
  viewers.push(await startViewer('vnc-1, looking only', await link('vnc-1', '--view-only')));
}, 6 * minute);

afterAll(async () => {
  for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
  const rows = report.map(
    ({ fault, longest, sum, byHand, lost }) =>
      `| ${fault} | ${seconds(longest)} | ${seconds(sum / viewers.length)} | ${byHand} | ${lost} |`,
  );
  const text = [
    '| fault | longest without a picture, s | mean of the viewers, s | reconnected by hand | sessions lost |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  writeFileSync(`${artifacts}/faults.md`, text);
  console.log(text);
}, minute);

const chosen: readonly Fault[] = [
  ...(soakMinutes > 0 ? kills : oneOfEachKind(shuffle(kills, random))),
  ...shuffle(cuts, random).slice(0, soakMinutes > 0 ? undefined : fewCuts),
  ...[databaseDown, fullDisk, slowMachine, ...(libfaketime() ? [steppedClock] : []), rolling],
];

it.each(chosen)('comes through: $name', (fault) => comesThrough([fault]), 5 * minute);

// Not skipped where it is not asked for: it is another thing to do.
if (soakMinutes > 0)
  it(
    'comes through faults at random, also two at once, for as long as it was told',
    async () => {
      const until = performance.now() + soakMinutes * minute;
      const all = [...kills, ...cuts, databaseDown, fullDisk, slowMachine];
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
    for (const node of ['vnc-1', 'idrac-1', 'idrac-2'])
      await consolemeshHere('console', 'disable', node, '--wait', '90s');
    await withinMs(
      minute,
      'no viewer is connected to bmc-vnc',
      async () => (await connectionsAt('bmc-vnc', 5900)) === 0,
    );
    for (const machine of ['bmc-idrac-wsman', 'bmc-idrac-redfish'])
      expect(await vncServerOf(machine), machine).toEqual('Disabled');
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
  const lost = viewers.filter((viewer) => viewer.lost !== undefined);
  const fault = faults.map(({ name }) => name).join(' and ');
  console.log(
    `[faults] ${fault}: ${viewers.map(({ name }, at) => `${name} ${seconds(outages[at]!)} s`).join(', ')} without a picture`,
  );
  report.push({
    fault,
    longest: Math.max(...outages),
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

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
