import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTelemetry } from '../start-telemetry.ts';
import { startTestTelemetry, type TestTelemetry } from '../testing.ts';
import { type MetricRow, metrics } from './catalogue.ts';
import { count, measure, observe } from './record.ts';

let telemetry: TestTelemetry;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
});
afterEach(() => telemetry[Symbol.asyncDispose]());

const labels = { side: 'server', method: 'a.B/C', reason: 'BMC_TIMEOUT' };
const counted = 'consolemesh_rpc_failures_total{side="server",method="a.B/C",reason="BMC_TIMEOUT"}';

describe('metrics', () => {
  it('are served as they were counted', async () => {
    count('consolemesh_rpc_failures_total', labels);
    count('consolemesh_rpc_failures_total', labels);
    expect((await telemetry.metrics()).get(counted)).toBe(2);
  });

  it('put durations into buckets, s', async () => {
    for (const seconds of [0.02, 0.2, 200])
      measure('consolemesh_bmc_call_seconds', seconds, { driver: 'vnc', reason: 'OK' });
    const values = await telemetry.metrics();
    const at = (part: string, more = '') =>
      values.get(`consolemesh_bmc_call_seconds_${part}{driver="vnc",reason="OK"${more}}`);
    expect([at('count'), at('bucket', ',le="0.05"'), at('bucket', ',le="0.25"')]).toEqual([3, 1, 2]);
    expect(at('sum')).toBeCloseTo(200.22);
  });

  it('add up what several parts of a process have, until a part is gone', async () => {
    const has = (value: number) =>
      observe('consolemesh_sessions_open', () => [{ labels: { kind: 'graphical', role: 'view' }, value }]);
    const open = async () =>
      (await telemetry.metrics()).get('consolemesh_sessions_open{kind="graphical",role="view"}');
    const [first, second] = [has(2), has(3)];
    expect(await open()).toBe(5);
    first[Symbol.dispose]();
    expect(await open()).toBe(3);
    second[Symbol.dispose]();
    expect(await open()).toBe(0);
  });

  it('are the catalogue: each has its name, type and meaning there', async () => {
    for (const [name, row] of Object.entries<MetricRow>(metrics)) {
      expect(name).toMatch(/^consolemesh_[a-z_]+$/);
      if (row.type === 'counter') expect(name).toMatch(/_total$/);
      if (row.type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
    count('consolemesh_leases_lost_total', {});
    const text = await telemetry.scrape();
    expect(text).toContain('# TYPE consolemesh_leases_lost_total counter');
    expect(text).toContain(
      `# HELP consolemesh_leases_lost_total ${metrics.consolemesh_leases_lost_total.meaning}`,
    );
  });

  it('are read at one path only, and once more while they are served there', async () => {
    const elsewhere = await fetch(telemetry.metricsUrl!.replace('/metrics', '/'));
    expect(elsewhere.status).toBe(404);
    const port = Number(new URL(telemetry.metricsUrl!).port);
    await expect(
      startTelemetry({ service: 'other', metricsListen: { host: '127.0.0.1', port } }),
    ).rejects.toThrow(`metrics cannot be served at 127.0.0.1:${port}: the port is taken`);
  });

  it('stand in the README as they are', () => {
    const readme = new URL('../../README.md', import.meta.url);
    const text = readFileSync(readme, 'utf8');
    const row = ([name, { type, labels, meaning }]: [string, MetricRow]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${meaning} |`;
    const table = [
      '| metric | type | labels | meaning |',
      '|---|---|---|---|',
      ...Object.entries(metrics).map(row),
    ];
    const wanted = text.replace(
      /<!-- metrics -->[\s\S]*<!-- \/metrics -->/,
      () => `<!-- metrics -->\n${table.join('\n')}\n<!-- /metrics -->`,
    );
    if (process.env.UPDATE_README === '1') writeFileSync(readme, wanted);
    else expect(text).toBe(wanted);
    expect(wanted).toContain('consolemesh_sessions_open');
  });
});
