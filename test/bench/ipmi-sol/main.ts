import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuSeconds, memoryKiB, startNode } from '../novncproxy/processes.ts';
import { summarise } from '../novncproxy/report.ts';
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
    /** For the driver's process, such as `--cpu-prof --cpu-prof-dir=DIR`. */
    'node-args': { type: 'string', default: '' },
  },
});
const idle = Number(options.idle ?? (options.quick ? 40 : 1_000));
const pairCount = Number(options.pairs ?? (options.quick ? 3 : 40));
const seconds = Number(options.seconds ?? (options.quick ? 3 : 20));
const lineSteps = (options.lines ?? (options.quick ? '5,10' : '10,50,100,150,200')).split(',').map(Number);
/** A serial port at 115,200 bit/s with one start and one stop bit. */
const lineRate = 11_520;

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
const load = [loadavg()[0]!.toFixed(1)];
const ports = await bmcs.ask<number[]>('start', { count: idle });
await measureOurs();
await measurePairs();
load.push(loadavg()[0]!.toFixed(1));
console.log(
  `\n| | ipmi-sol | socat + ipmitool |\n|---|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
);
console.log(`Load average at the start and at the end: ${load.join(', ')}.`);
if (options.quick) console.log('A quick run shows that everything works; its figures mean nothing.');

async function measureOurs(): Promise<void> {
  await using ours = await startOurs(options['node-args'].split(' ').filter(Boolean));
  const empty = memoryKiB(ours.pid);
  await measureFirstByte(ours);
  const began = performance.now();
  const before = cpuSeconds(ours.pid);
  const consoles: string[] = [];
  for (let at = 0; at < ports.length; at += 20) {
    consoles.push(...(await Promise.all(ports.slice(at, at + 20).map((port) => ours.start(port, 'always')))));
  }
  while ((await bmcs.ask<number>('open')) < ports.length) await sleep(100);
  note(
    `${idle} consoles opened`,
    `${((performance.now() - began) / 1000).toFixed(1)} s, ${(cpuSeconds(ours.pid) - before).toFixed(1)} s CPU`,
  );
  await sleep(options.quick ? 1_000 : 20_000);
  const idleFrom = cpuSeconds(ours.pid);
  const window = options.quick ? 3 : 40;
  await sleep(window * 1000);
  const share = ((cpuSeconds(ours.pid) - idleFrom) / window) * 100;
  const memory = memoryKiB(ours.pid);
  note(
    `${idle} idle: memory`,
    `${mib(memory)} MiB, ${((memory - empty) / idle).toFixed(0)} KiB each (empty: ${mib(empty)} MiB)`,
  );
  note(`${idle} idle: share of a core`, `${share.toFixed(1)} %`);
  for (const lines of lineSteps) {
    const viewers = consoles.slice(0, lines).map((console) => ours.attach(console));
    const seenAll = viewers.map((viewer) => viewer.sees('~'));
    for (const viewer of viewers) viewer.type('~');
    await Promise.all(seenAll);
    const cpu = cpuSeconds(ours.pid);
    const seen = viewers.reduce((sum, viewer) => sum + viewer.bytes(), 0);
    const { wanted, taken } = await bmcs.ask<{ wanted: number; taken: number }>('print', {
      lines,
      bytesPerSecond: lineRate,
      seconds,
    });
    const used = cpuSeconds(ours.pid) - cpu;
    await sleep(500);
    const shown = viewers.reduce((sum, viewer) => sum + viewer.bytes(), 0) - seen;
    const part = (bytes: number) => `${((bytes / wanted) * 100).toFixed(0)} %`;
    note(
      `${lines} at line rate, each with a viewer`,
      `${((used / seconds) * 100).toFixed(0)} % of a core; ${part(taken)} taken, ${part(shown)} shown; ${((used / taken) * 1e6).toFixed(2)} s/MB`,
    );
    for (const viewer of viewers) viewer.leave();
  }
  note(`afterwards: memory`, `${mib(memoryKiB(ours.pid))} MiB`);
}

/** From attaching to the first character that comes back, with a login in between and without. */
async function measureFirstByte(ours: Awaited<ReturnType<typeof startOurs>>): Promise<void> {
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
  note('time to the first character', inMs(times), '(below)');
  note('the same while the line is open', inMs(again));
}

async function measurePairs(): Promise<void> {
  await using started = await startPairs(ports.slice(0, pairCount));
  const times: number[] = [];
  for (let i = 0; i < pairCount; i += 1) {
    const from = performance.now();
    const pair = await started.start(i);
    await pair.operational;
    const before = pair.bytes();
    pair.client.write('x');
    while (pair.bytes() === before) await sleep(1);
    times.push(performance.now() - from);
  }
  note('time to the first character', '(above)', inMs(times));
  const sum = (read: (pid: number) => number) =>
    started.pairs.reduce((total, { pid }) => total + read(pid), 0);
  const window = options.quick ? 3 : 40;
  const from = sum(cpuSeconds);
  await sleep(window * 1000);
  const share = ((sum(cpuSeconds) - from) / window) * 100;
  const memory = sum(memoryKiB);
  note(
    `${pairCount} idle: memory, processes`,
    '–',
    `${mib(memory)} MiB, ${(memory / pairCount).toFixed(0)} KiB each, ${pairCount * 3} processes`,
  );
  note(`${pairCount} idle: share of a core`, '–', `${share.toFixed(1)} %`);
  const lines = Math.min(pairCount, options.quick ? 3 : 40);
  const cpu = sum(cpuSeconds);
  const { wanted, taken } = await bmcs.ask<{ wanted: number; taken: number }>('print', {
    lines,
    bytesPerSecond: lineRate,
    seconds,
  });
  const used = sum(cpuSeconds) - cpu;
  note(
    `${lines} at line rate`,
    '–',
    `${((used / seconds) * 100).toFixed(0)} % of a core; ${((taken / wanted) * 100).toFixed(0)} % taken; ${((used / taken) * 1e6).toFixed(2)} s/MB`,
  );
}

function inMs(times: readonly number[]): string {
  const { median, min, max } = summarise(times)!;
  return `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`;
}

function mib(kib: number): string {
  return (kib / 1024).toFixed(0);
}
