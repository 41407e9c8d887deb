import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@consolemesh/mesh';
import { count } from '@consolemesh/telemetry';
import { parseMetrics, startTestCollector } from '@consolemesh/telemetry/testing';
import { expect, it } from 'vitest';
import { UsageError } from '../exit-codes.ts';
import { startUp } from './start-up.ts';
import { startUpTelemetry } from './up-telemetry.ts';

const begin = (env: Record<string, string>) => startUpTelemetry(env, silentLogger);

it('is off unless a setting says otherwise, whatever else the environment holds', async () => {
  await using telemetry = await begin({ CONSOLEMESH_API: '127.0.0.1:7110', CONSOLEMESH_NO_SETTING: 'x' });
  expect(telemetry.metricsUrl).toBeUndefined();
});

it('tells of every service of the process, and delivers its traces', { timeout: 60_000 }, async () => {
  const collector = await startTestCollector();
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-up-telemetry-'));
  try {
    const headers = join(folder, 'headers');
    writeFileSync(headers, 'x-api-key=of-the-collector\n');
    const telemetry = await begin({
      CONSOLEMESH_METRICS_LISTEN: '127.0.0.1:0',
      CONSOLEMESH_OTLP_ENDPOINT: collector.endpoint,
      CONSOLEMESH_OTLP_HEADERS_FILE: headers,
    });
    const mesh = await startUp({
      host: '127.0.0.1',
      port: 0,
      ...{ apiPort: 0, tokenPort: 0, serialPort: 0, linePort: 0 },
      simulator: true,
      logger: silentLogger,
    });
    const values = parseMetrics(await (await fetch(telemetry.metricsUrl!)).text());
    const has = (name: string, ...labels: string[]) =>
      [...values.keys()].some((key) => key.startsWith(name) && labels.every((label) => key.includes(label)));
    expect(values.get('consolemesh_leases_held')).toBeGreaterThan(0);
    const calls = 'consolemesh_rpc_duration_seconds_count';
    expect(has(calls, 'side="server"', 'TokenService/IssueToken')).toBe(true);
    expect(has(calls, 'side="server"', 'ConsoleService/EnableConsole')).toBe(true);
    expect(has(calls, 'side="client"', 'DriverService/StartConsole')).toBe(true);
    await mesh[Symbol.asyncDispose]();
    await telemetry[Symbol.asyncDispose]();
    expect(collector.received.length).toBeGreaterThan(0);
    expect(collector.received[0]!.metadata.get('x-api-key')).toEqual(['of-the-collector']);
    // Switched off again.
    count('consolemesh_leases_lost_total', {});
    await expect(fetch(telemetry.metricsUrl!)).rejects.toThrow();
  } finally {
    collector.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

it('names what is wrong with its settings as a mistake of the command', async () => {
  const wrong = begin({ CONSOLEMESH_METRICS_LISTEN: 'everywhere', CONSOLEMESH_OTLP_ENDPOINT: 'collector' });
  await expect(wrong).rejects.toThrow(UsageError);
  await expect(wrong).rejects.toThrow(
    /CONSOLEMESH_METRICS_LISTEN is "everywhere"[\s\S]*CONSOLEMESH_OTLP_ENDPOINT/,
  );

  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await expect(begin({ CONSOLEMESH_METRICS_LISTEN: `127.0.0.1:${port}` })).rejects.toThrow(
    `metrics cannot be served at 127.0.0.1:${port}: the port is taken`,
  );
  await new Promise((resolve) => taken.close(resolve));
});
