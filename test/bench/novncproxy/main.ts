import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Load, Sample } from './measure.ts';
import { json, type Result, table } from './report.ts';
import { type Row, rows, type Who } from './rows.ts';
import { type Stage, startStage } from './stage.ts';

// How much one CPU second of a proxy carries: ours, websockify and a plain `ws` proxy in turn, on this machine. See ../README.md.

const whole: Load = { megabytes: 2_000, events: 2_000_000, openings: 1_200, idle: 500 };
const small: Load = { megabytes: 40, events: 40_000, openings: 40, idle: 30 };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    /** Times the usual amount, for profiles. */
    scale: { type: 'string', default: '1' },
    rows: { type: 'string', default: '' },
    only: { type: 'string', default: 'ours,theirs,ws' },
    json: { type: 'string' },
    main: { type: 'string' },
    'node-args': { type: 'string', default: '' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
  const load = scaled(options.quick ? small : whole, Number(options.scale));
  const wanted = options.rows.split(',').filter(Boolean);
  const chosen = rows.filter((row) => wanted.length === 0 || wanted.includes(row.id));
  if (chosen.length === 0 || !(rounds > 0)) {
    say(`choose rows of: ${rows.map((row) => row.id).join(', ')}; rounds is a number`);
    return 2;
  }
  const loads = [loadavg()[0]!];
  await using stage = await startStage({
    main: options.main,
    ...(options.quick ? { directNodes: 1, tokensEach: 10 } : { directNodes: 10, tokensEach: 100 }),
    nodeArgs: options['node-args'].split(' ').filter(Boolean),
  });
  const results = chosen.map((row) => ({
    row,
    samples: { ours: [], theirs: [], ws: [] } as Record<Who, Sample[]>,
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { row, samples } of results) {
      for (const who of ['ours', 'theirs', 'ws'] as const) {
        const sample = await runOne(stage, row, who, load);
        if (!sample) continue;
        samples[who].push(sample);
        say(
          `${round + 1}/${rounds} ${row.id} ${who}: ${sample.value.toFixed(1)} ${row.unit}, ${sample.cpu.toFixed(2)} s`,
        );
      }
    }
    loads.push(loadavg()[0]!);
  }
  finish(results, loads);
  return 0;
}

function scaled({ megabytes, events, openings, idle }: Load, by: number): Load {
  return { megabytes: megabytes * by, events: events * by, openings: Math.ceil(openings * by), idle };
}

async function runOne(stage: Stage, row: Row, who: Who, load: Load): Promise<Sample | undefined> {
  if (!options.only.split(',').includes(who)) return undefined;
  const name = who === 'ours' ? row.ours : who === 'theirs' ? row.theirs : row.ws ? 'ws' : undefined;
  if (!name) return undefined;
  const way = stage.ways[name];
  const deaths = stage.processes.map(({ died }) => died);
  return await Promise.race([row.run(stage, way, load, who), ...deaths]);
}

function finish(results: readonly Result[], loads: readonly number[]): void {
  const average = loads.map((load) => load.toFixed(1)).join(', ');
  console.log(
    `\n${table(results)}\n\nMedian (smallest–largest). Load average at the start and after each round: ${average}.`,
  );
  if (options.quick) console.log('A quick run shows that everything works; its figures mean nothing.');
  if (options.json) {
    const about = { date: new Date().toISOString(), node: process.version, loadAverage: loads };
    writeFileSync(options.json, json(results, about));
  }
}

function say(line: string): void {
  process.stderr.write(`[bench] ${line}\n`);
}
