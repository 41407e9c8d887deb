import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HealthCheckResponse_ServingStatus, HealthDefinition } from '@consolemesh/contracts/health';
import { connect, plaintext } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every service that serves gRPC, with settings that take free ports. */
const services = [
  { folder: 'conductor', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'token', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  {
    folder: 'novncproxy',
    env: { CONSOLEMESH_LISTEN: '127.0.0.1:0', CONSOLEMESH_GRPC_LISTEN: '127.0.0.1:0' },
  },
  {
    folder: 'serialproxy',
    env: {
      CONSOLEMESH_LISTEN: '127.0.0.1:0',
      CONSOLEMESH_GRPC_LISTEN: '127.0.0.1:0',
      CONSOLEMESH_LINE_LISTEN: '127.0.0.1:0',
    },
  },
  { folder: 'bmc-driver/vnc', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'bmc-driver/idrac-wsman', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'bmc-driver/ipmi-sol', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'bmc-driver/ipmi-socat', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'bmc-driver/redfish-serial', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'bmc-driver/fake', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
  { folder: 'container-provider/fake', env: { CONSOLEMESH_LISTEN: '127.0.0.1:0' } },
];

/** A service as a process of its own, in a folder of its own. */
function run(folder: string, env: Record<string, string>) {
  const home = mkdtempSync(join(tmpdir(), 'consolemesh-process-'));
  const child = spawn(
    process.execPath,
    ['--import', `${root}/node_modules/tsx/dist/esm/index.mjs`, `${root}/services/${folder}/src/main.ts`],
    { cwd: home, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'exit');
  let stderr = '';
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    child,
    exited: exited.then(([code]) => code as number | null),
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The gRPC target that a service says it serves, from its log. */
async function targetOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const target = /dns:\/\/\/127\.0\.0\.1:\d+/.exec(line);
    if (target) return target[0];
  }
  throw new Error('the service ended without saying where it serves');
}

describe.each(services)('$folder as a process', ({ folder, env }) => {
  it('starts alone, is healthy, and drains on SIGTERM with exit code 0', { timeout: 60_000 }, async () => {
    await using service = run(folder, env);
    const target = await targetOf(service.child);
    using connection = connect(target, { trust: plaintext });
    await connection.ready(10_000);
    const { status } = await connection.client(HealthDefinition).check({ service: '' });
    expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
    service.child.stdout!.resume();
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(service.stderr()).toBe('');
  });

  it('exits with 1 and one clear line for a setting that nobody knows', { timeout: 60_000 }, async () => {
    await using service = run(folder, { ...env, CONSOLEMESH_LISTNE: '127.0.0.1:1' });
    service.child.stdout!.resume();
    expect(await service.exited).toBe(1);
    const lines = service.stderr().trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/CONSOLEMESH_LISTNE.*CONSOLEMESH_LISTEN/);
  });

  it('exits with 1 and names the address that plaintext is not allowed on', { timeout: 60_000 }, async () => {
    const address = folder.endsWith('proxy') ? 'CONSOLEMESH_GRPC_LISTEN' : 'CONSOLEMESH_LISTEN';
    await using service = run(folder, { ...env, [address]: '0.0.0.0:0' });
    service.child.stdout!.resume();
    expect(await service.exited).toBe(1);
    expect(service.stderr().trimEnd().split('\n')).toHaveLength(1);
    expect(service.stderr()).toMatch(/plaintext.*0\.0\.0\.0/);
  });
});
