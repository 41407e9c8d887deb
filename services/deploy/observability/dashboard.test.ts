import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type MetricRow, metrics } from '@consolemesh/telemetry';
import { describe, expect, it } from 'vitest';
import { rows } from './panels.ts';
import { toGrafana } from './to-grafana.ts';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const text = (name: string) => readFileSync(file(name), 'utf8');
const panels = rows.flatMap((row) => row.panels);
const queries = panels.flatMap((panel) => panel.queries.map(([query]) => query));

/** Names under which Prometheus has a metric: a histogram is three. */
function seriesOf(name: string, { type }: MetricRow): string[] {
  return type === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name];
}
const series = Object.entries<MetricRow>(metrics).flatMap(([name, row]) =>
  seriesOf(name, row).map((one) => [one, row] as const),
);
const namesIn = (query: string) => query.match(/consolemesh_[a-z_]+/g) ?? [];

describe('the dashboard', () => {
  it('is the panels as Grafana reads them (UPDATE_DASHBOARD=1 writes it anew)', () => {
    const wanted = `${JSON.stringify(toGrafana('consolemesh', rows), null, 2)}\n`;
    if (process.env.UPDATE_DASHBOARD === '1') writeFileSync(file('grafana/consolemesh.json'), wanted);
    expect(JSON.parse(text('grafana/consolemesh.json'))).toEqual(JSON.parse(wanted));
  });

  it('shows every metric of the catalogue', () => {
    const shown = new Set(queries.flatMap(namesIn));
    const hidden = Object.entries<MetricRow>(metrics)
      .filter(([name, row]) => !seriesOf(name, row).some((one) => shown.has(one)))
      .map(([name]) => name);
    expect(hidden, 'give each a panel in panels.ts').toEqual([]);
  });

  it('says of each panel what it shows, and has no two of one name in a row', () => {
    for (const { title, description, queries } of panels) {
      expect(description, title).toMatch(/^\S.{20,}\.$/s);
      expect(queries.length, title).toBeGreaterThan(0);
    }
    for (const row of rows) {
      const titles = row.panels.map(({ title }) => title);
      expect(new Set(titles).size, row.title).toBe(titles.length);
    }
  });

  it('lays its panels side by side, none over another', () => {
    const { panels: placed } = toGrafana('consolemesh', rows) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(new Set(placed.map(({ id }) => id)).size).toBe(placed.length);
    const taken = new Set<string>();
    for (const { gridPos } of placed) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
    }
  });
});

describe.each([
  ['the dashboard', () => queries],
  ['the alerts', () => [text('rules.yaml')]],
])('%s', (_name, read) => {
  it('asks for metrics that exist', () => {
    const known = new Set(series.map(([name]) => name));
    const asked = read().flatMap(namesIn);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('asks for labels that the metric has', () => {
    const rowOf = new Map(series);
    for (const query of read()) {
      for (const [, name = '', matchers = ''] of query.matchAll(/(consolemesh_[a-z_]+)\{([^}]*)\}/g)) {
        const labels = [...matchers.matchAll(/([a-z_]+)\s*[=!]~?/g)].map((match) => match[1]!);
        const known = ['job', 'instance', 'le', ...(rowOf.get(name)?.labels ?? [])];
        expect(
          labels.filter((label) => !known.includes(label)),
          `${name} in ${query}`,
        ).toEqual([]);
      }
      for (const [, by = '', name = ''] of query.matchAll(
        /by \(([^)]*)\) \(+(?:[a-z_]+\(+)?(consolemesh_[a-z_]+)/g,
      )) {
        const known = ['job', 'instance', 'le', ...(rowOf.get(name)?.labels ?? [])];
        expect(
          by.split(/,\s*/).filter((label) => !known.includes(label)),
          `${name} in ${query}`,
        ).toEqual([]);
      }
    }
  });
});

describe('Prometheus', () => {
  it('is told of every service of docker-compose.yml by a name that all its instances have on the network of Prometheus', () => {
    const compose = readFileSync(file('../../../docker-compose.yml'), 'utf8');
    const names = [...compose.matchAll(/^ +mesh: \{ aliases: \[([a-z-]+)\] \}$/gm)].map((match) => match[1]!);
    const asked = /names: \[([^\]]*)\]/.exec(text('prometheus.yaml'))?.[1]?.split(', ') ?? [];
    // The one service with a single instance goes by its own name.
    expect(asked.sort()).toEqual([...names, 'container-provider'].sort());
  });

  // Of the machine, or unpacked by `npm test`.
  const promtool = ['promtool', file('../../../node_modules/.cache/debian/usr/bin/promtool')].find(
    (program) => spawnSync(program, ['--version']).error === undefined,
  );
  it.runIf(promtool)('takes the configuration and the alerts, which fire when they should', () => {
    for (const args of [
      ['check', 'config', '--syntax-only', 'prometheus.yaml'],
      ['check', 'rules', 'rules.yaml'],
      ['test', 'rules', 'rules.test.yaml'],
    ]) {
      const done = spawnSync(promtool!, args, { cwd: file('.'), encoding: 'utf8' });
      expect(done.status, `promtool ${args.join(' ')}: ${done.stdout}${done.stderr}`).toBe(0);
    }
  });
});
