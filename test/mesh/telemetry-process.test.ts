import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { connect, plaintext } from '@consolemesh/mesh';
import { parseMetrics, startTestCollector } from '@consolemesh/telemetry/testing';
import { expect, it } from 'vitest';
import { eventually } from '../harness/eventually.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A token service as a process of its own, in a folder of its own. */
function runToken(env: Record<string, string>, headers = '') {
  const home = mkdtempSync(join(tmpdir(), 'consolemesh-telemetry-'));
  writeFileSync(join(home, 'headers'), headers);
  const child = spawn(
    process.execPath,
    ['--import', `${root}/node_modules/tsx/dist/esm/index.mjs`, `${root}/services/token/src/main.ts`],
    {
      cwd: home,
      env: { PATH: process.env.PATH, CONSOLEMESH_LISTEN: '127.0.0.1:0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit');
  return {
    output: () => output,
    /** What the log says, as soon as it does. */
    said: async (words: RegExp) =>
      (await eventually(() => words.exec(output), Boolean, { withinMs: 40_000 }))![0],
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0] as number | null;
    },
    exited: exited.then(([code]) => code as number | null),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

it('a process serves metrics and delivers its traces when settings say so', { timeout: 60_000 }, async () => {
  const collector = await startTestCollector();
  await using service = runToken(
    {
      CONSOLEMESH_METRICS_LISTEN: '127.0.0.1:0',
      CONSOLEMESH_OTLP_ENDPOINT: collector.endpoint,
      CONSOLEMESH_OTLP_HEADERS_FILE: 'headers',
    },
    'x-api-key=canary-key\n',
  );
  const url = await service.said(/http:\/\/127\.0\.0\.1:\d+\/metrics/);
  using connection = connect(await service.said(/dns:\/\/\/127\.0\.0\.1:\d+/), { trust: plaintext });
  const redeeming = connection.client(TokenServiceDefinition).redeemToken({
    credential: { $case: 'token', value: 'canary-token' },
    proxyId: 'p',
    kind: ConsoleKind.GRAPHICAL,
  });
  await expect(redeeming).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });

  const method = 'consolemesh.token.v1.TokenService/RedeemToken';
  const text = await (await fetch(url)).text();
  const failures = `consolemesh_rpc_failures_total{side="server",method="${method}",reason="TOKEN_INVALID"}`;
  expect(parseMetrics(text).get(failures)).toBe(1);

  expect(await service.stop()).toBe(0);
  const delivered = Buffer.concat(collector.received.map(({ bytes }) => bytes));
  for (const word of [method, 'TOKEN_INVALID', 'service.name'])
    expect(delivered.includes(word), word).toBe(true);
  expect(collector.received[0]?.metadata.get('x-api-key')).toEqual(['canary-key']);
  for (const said of [delivered.toString('latin1'), text, service.output()])
    expect(said).not.toContain('canary');
  collector.stop();
});

it('a process whose metrics cannot be served ends with one clear line', { timeout: 60_000 }, async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await using service = runToken({ CONSOLEMESH_METRICS_LISTEN: `127.0.0.1:${port}` });
  expect(await service.exited).toBe(1);
  expect(service.output()).toBe(
    `token: metrics cannot be served at 127.0.0.1:${port}: the port is taken by another program\n`,
  );
  taken.close();
});
