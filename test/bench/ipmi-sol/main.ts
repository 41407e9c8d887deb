import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuSeconds, memoryKiB, startNode } from '../novncproxy/processes.ts';
import { summarise } from '../novncproxy/report.ts';
import { inWords, isInTime, measureLoad, type Sample } from './measure-load.ts';
import { startOurs } from './ours.ts';
import { startPairs } from './pairs.ts';

// What many serial consoles cost: one process of ours, and socat with ipmitool for as many as the machine bears. See ../README.md.

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    idle: { type: 'string' },
    pairs: { type: 'string' },
    /** Consoles that print at the same time, in turn. */
    lines: { type: 'string' },
    seconds: { type: 'string' },
    /** How often everything under load is measured, ours and the pairs in turn. */
    rounds: { type: 'string' },
    /** For the driver's process, such as `--cpu-prof --cpu-prof-dir=DIR`. */
    'node-args': { type: 'string', default: '' },
  },
});
const number = (value: string | undefined, usual: number, quick: number) =>
  Number(value ?? (options.quick ? quick : usual));
const idle = number(options.idle, 1_000, 40);
const pairCount = number(options.pairs, 20, 3);
const seconds = number(options.seconds, 10, 2);
const rounds = number(options.rounds, 3, 1);
const idleSeconds = options.quick ? 2 : 30;
const lineSteps = (options.lines ?? (options.quick ? '2,5' : '10,25,50,75,100')).split(',').map(Number);
const most = Math.max(...lineSteps);
/** A serial port at 115,200 bit/s with one start and one stop bit, of a BMC that sends full packets. */
const lineRate = { bytesPerSecond: 11_520, piece: 255, seconds };
/** The echo of people who type fast, each character in a packet. */
const typing = { bytesPerSecond: 10, piece: 1, seconds };

const rows: string[][] = [];
const note = (what: string, ours: string, pair = '–') => {
  rows.push([what, ours, pair]);
  process.stderr.write(`[bench] ${what}: ${ours} | ${pair}\n`);
};

await using bmcs = startNode(fileURLToPath(new URL('bmcs.ts', import.meta.url)), {
  name: 'bmcs',
  logDir: mkdtempSync(join(tmpdir(), 'consolemesh-bench-')),
  commands: true,
});
const loads = [loadavg()[0]!];
const ports = await bmcs.ask<number[]>('start', { count: idle + most + pairCount });
await using ours = await startOurs(options['node-args'].split(' ').filter(Boolean));
await using pairs = await startPairs(ports.slice(-pairCount));
const empty = memoryKiB(ours.pid);
const ourFirst = await ourFirstCharacter();
note('time to the first character, login included', ourFirst.login, await startAllPairs());
note('the same while the line is open', ourFirst.open);
await measureIdle();
const consoles = await openAll(idle, most);
await measureLoads();
console.log(
  `\n| | ipmi-sol | socat + ipmitool |\n|---|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
);
loads.push(loadavg()[0]!);
console.log(`Load average of the machine: ${loads.map((load) => load.toFixed(1)).join(', ')}.`);
if (options.quick) console.log('A quick run shows that everything works; its figures mean nothing.');

/** From attaching to the first character that comes back, with a login in between and without. */
async function ourFirstCharacter() {
  const times: number[] = [];
  const again: number[] = [];
  for (const port of ports.slice(0, options.quick ? 3 : 20)) {
    const console = await ours.start(port, 'viewers');
    for (const [list, character] of [
      [times, 'x'],
      [again, 'y'],
    ] as const) {
      const from = performance.now();
      const viewer = ours.attach(console);
      const seen = viewer.sees(character);
      viewer.type(character);
      await seen;
      list.push(performance.now() - from);
      viewer.leave();
    }
    await ours.stop(console);
  }
  return { login: inMs(times), open: inMs(again) };
}

async function startAllPairs(): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < pairCount; i += 1) {
    const from = performance.now();
    const pair = await pairs.start(i);
    await pair.operational;
    const before = pair.bytes();
    pair.client.write('x');
    while (pair.bytes() === before) await sleep(1);
    times.push(performance.now() - from);
  }
  return inMs(times);
}

/** Opens consoles and keeps them open. */
async function openAll(first: number, count: number): Promise<string[]> {
  const opened: string[] = [];
  for (let at = 0; at < count; at += 20) {
    const some = ports.slice(first + at, first + Math.min(at + 20, count));
    opened.push(...(await Promise.all(some.map((port) => ours.start(port, 'always')))));
  }
  while ((await bmcs.ask<number>('open', { first, count })) < count) await sleep(100);
  return opened;
}

async function measureIdle(): Promise<void> {
  const began = performance.now();
  const before = cpuSeconds(ours.pid);
  await openAll(0, idle);
  note(
    `${idle} consoles opened`,
    `${((performance.now() - began) / 1000).toFixed(1)} s, ${(cpuSeconds(ours.pid) - before).toFixed(1)} s CPU`,
  );
  await sleep(options.quick ? 1_000 : 20_000);
  const cpu = () => [ours.pid, ...pairs.pids()].map(cpuSeconds);
  const from = cpu();
  await sleep(idleSeconds * 1000);
  const [our = 0, ...theirs] = cpu().map((now, i) => ((now - from[i]!) / idleSeconds) * 100);
  const memory = memoryKiB(ours.pid);
  const theirMemory = sum(pairs.pids().map(memoryKiB));
  note(
    `idle: memory`,
    `${idle}: **${mib(memory)} MiB**, ${((memory - empty) / idle).toFixed(0)} KiB each (empty: ${mib(empty)} MiB)`,
    `${pairCount}: ${mib(theirMemory)} MiB, ${(theirMemory / pairCount).toFixed(0)} KiB each, ${pairCount * 3} processes`,
  );
  note(`idle: share of a core`, `${idle}: ${our.toFixed(1)} %`, `${pairCount}: ${sum(theirs).toFixed(1)} %`);
}

async function measureLoads(): Promise<void> {
  const watched = new Map<number, Sample[]>(lineSteps.map((lines) => [lines, []]));
  const unwatched: Sample[] = [];
  const typed: Sample[] = [];
  const theirs: Sample[] = [];
  const theirsTyped: Sample[] = [];
  // A service runs for weeks; the first seconds, in which its code is compiled, would be most of such short runs.
  await underViewers(most, { ...lineRate, seconds: 2 * seconds });
  for (let round = 0; round < rounds; round += 1) {
    for (const [lines, samples] of watched) samples.push(await underViewers(lines, lineRate));
    unwatched.push(await measureOurs(most, lineRate, () => 0));
    typed.push(await underViewers(most, typing));
    theirs.push(await measurePairs(lineRate));
    theirsTyped.push(await measurePairs(typing));
    process.stderr.write(
      `[bench] round ${round + 1} of ${rounds}, load average ${loadavg()[0]!.toFixed(1)}\n`,
    );
    loads.push(loadavg()[0]!);
  }
  const busiest = watched.get(most)!;
  for (const [lines, samples] of watched) {
    note(`${lines} at line rate, each with a viewer`, inWords(samples, true, 'MB'));
  }
  note(`${most} at line rate, nobody looks`, inWords(unwatched, false, 'MB'));
  note(`${pairCount} at line rate`, '–', inWords(theirs, true, 'MB'));
  note(`${most} that say 10 characters a second, each in a packet`, inWords(typed, true, 'packet'));
  note(`the same of ${pairCount}`, '–', inWords(theirsTyped, true, 'packet'));
  const knee = lineSteps.filter((lines) => watched.get(lines)!.some((sample) => isInTime(sample, true)));
  note('most at line rate with nothing late or lost', `${Math.max(0, ...knee)} of ${most} tried`);
  const bmcShare = summarise(busiest.map((s) => (s.bmcCpuSeconds / s.seconds) * 100))!;
  note(`not counted: the ${most} simulated BMCs that print`, `${bmcShare.median.toFixed(0)} % of a core`);
  note(`memory after that`, `${mib(memoryKiB(ours.pid))} MiB`);
}

/** Lines of ours, somebody at each, who is there before it begins. */
async function underViewers(lines: number, load: typeof lineRate): Promise<Sample> {
  const viewers = consoles.slice(0, lines).map((console) => ours.attach(console));
  const seen = viewers.map((viewer) => viewer.sees('~'));
  for (const viewer of viewers) viewer.type('~');
  await Promise.all(seen);
  const sample = await measureOurs(lines, load, () => sum(viewers.map((viewer) => viewer.bytes())));
  for (const viewer of viewers) viewer.leave();
  await settled();
  return sample;
}

/** Screens are put to sleep when nobody looks any more: that belongs to no load. */
async function settled(): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const before = cpuSeconds(ours.pid);
    await sleep(1_000);
    if (cpuSeconds(ours.pid) - before < 0.1) return;
  }
}

function measureOurs(lines: number, load: typeof lineRate, shown: () => number): Promise<Sample> {
  return measureLoad({ bmcs, first: idle, lines, load, pids: [ours.pid], shown });
}

function measurePairs(load: typeof lineRate): Promise<Sample> {
  const shown = () => sum(pairs.pairs.map((pair) => pair.bytes()));
  return measureLoad({ bmcs, first: idle + most, lines: pairCount, load, pids: pairs.pids(), shown });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function inMs(times: readonly number[]): string {
  const { median, min, max } = summarise(times)!;
  return `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`;
}

function mib(kib: number): string {
  return (kib / 1024).toFixed(0);
}
