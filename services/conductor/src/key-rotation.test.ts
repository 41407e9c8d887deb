import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { KeyServiceDefinition, NodeServiceDefinition } from '@consolemesh/contracts/conductor';
import { connect, plaintext } from '@consolemesh/mesh';
import { createKeyRingFile, createSealer, editKeyRing, readKeyRingFile } from '@consolemesh/store';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealed } from './domain/sealed.ts';
import { aNode } from './domain/testing.ts';
import { nodeToRow } from './store/node-rows.ts';
import { openTestStore } from './testing/open-test-store.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Enough for a conductor to be killed in the middle. */
const count = 3_000;
const secretOf = (n: number) => `canary-${n}-secret`;
const pad = (n: number) => String(n).padStart(5, '0');

/** A conductor as a process of its own. */
async function runConductor(databaseUrl: string, ring: string) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main], {
    env: {
      PATH: process.env.PATH,
      CONSOLEMESH_LISTEN: '127.0.0.1:0',
      CONSOLEMESH_DATABASE_URL: databaseUrl,
      CONSOLEMESH_KEY_RING_FILE: ring,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const log: string[] = [];
  const target = await targetOf(child, log);
  const connection = connect(target, { trust: plaintext });
  return {
    log,
    keys: connection.client(KeyServiceDefinition),
    nodes: connection.client(NodeServiceDefinition),
    async end(signal: NodeJS.Signals) {
      child.kill(signal);
      await exited;
    },
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function targetOf(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      log.push(line);
      const target = /conductor\.v1 at (dns:\/\/\/127\.0\.0\.1:\d+)/.exec(line);
      if (target) resolve(target[1]!);
    });
    child.once('exit', () => reject(new Error(`the conductor ended: ${log.join('\n')}`)));
  });
}

for (const { name, start } of testEngines) {
  describe(`changing the key on ${name}`, () => {
    let databases: TestDatabases;
    let folder: string;
    beforeAll(async () => {
      databases = await start();
      folder = await mkdtemp(join(tmpdir(), 'consolemesh-rotation-'));
    });
    afterAll(async () => {
      await databases[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    test('goes on after a kill in the middle, at two conductors at once, and leaves nothing of the old key', {
      timeout: 120_000,
    }, async () => {
      const ring = join(folder, 'ring');
      await createKeyRingFile(ring);
      const { keys } = await readKeyRingFile(ring);
      const old = keys[0]!.id;
      const { store, database, url } = await openTestStore(databases, undefined, createSealer({ keys }));
      await using _ = store;
      const sealer = createSealer({ keys });
      for (let n = 0; n < count; n += 500) {
        const rows = Array.from({ length: 500 }, (_, i) => {
          const driverSecrets = sealed({ password: secretOf(n + i) });
          return nodeToRow(aNode({ id: `node-${pad(n + i)}`, name: `n${n + i}`, driverSecrets }), sealer, 1n);
        });
        await database.kysely.insertInto('conductor_nodes').values(rows).execute();
      }
      const { id: next } = await editKeyRing(ring, { kind: 'add' });
      const left = async () => (await store.seals.count()).find(({ keyId }) => keyId === old)!.nodes;
      {
        await using killed = await runConductor(url, ring);
        await editKeyRing(ring, { kind: 'use', id: next });
        await expect.poll(left, { timeout: 30_000, interval: 1 }).toBeLessThan(count);
        await killed.end('SIGKILL');
      }
      // What was sealed anew by then is; the rest is as it was.
      const between = await left();
      expect(between).toBeGreaterThan(0);
      {
        await using one = await runConductor(url, ring);
        await using two = await runConductor(url, ring);
        await expect.poll(left, { timeout: 60_000 }).toBe(0);
        for (const { keys: client } of [one, two]) {
          expect((await client.listSealingKeys({})).keys).toEqual([
            { keyId: next, active: true, present: true, nodes: BigInt(count), consoles: 0n },
            { keyId: old, active: false, present: true, nodes: 0n, consoles: 0n },
          ]);
        }
        await editKeyRing(ring, { kind: 'drop', id: old });
        await expect
          .poll(async () => (await one.keys.listSealingKeys({})).keys.length, { timeout: 30_000 })
          .toBe(1);
        const { nodes } = await one.nodes.listNodes({ pageSize: 1 });
        expect(nodes[0]).toMatchObject({ name: 'n0', driverSecrets: { password: '******' } });
        const log = [...one.log, ...two.log].join('\n');
        expect(log).toContain('secrets were sealed anew');
        expect(log).not.toContain('canary-');
        const bytes = (await readKeyRingFile(ring)).keys[0]!.key.toString('base64');
        expect(log).not.toContain(bytes);
        await one.end('SIGTERM');
        await two.end('SIGTERM');
      }
      const { store: after } = await openTestStore(databases, url, createSealer(await readKeyRingFile(ring)));
      await using _after = after;
      for (const n of [0, 1, count / 2, count - 1]) {
        expect((await after.findNode(`n${n}`))!.driverSecrets.reveal()).toEqual({ password: secretOf(n) });
      }
      expect((await after.findNode('n1'))!.revision).toBe(1n);
      if (database.engine === 'sqlite') {
        await store.seals.scrub();
        const path = url.slice('sqlite:'.length);
        const files = await Promise.all([path, `${path}-wal`].map((file) => readFile(file)));
        expect(files[0]!.includes(next)).toBe(true);
        for (const gone of [old, 'canary-']) expect(Buffer.concat(files).includes(gone), gone).toBe(false);
      }
    });

    test('to one that makes no sense is refused in the log, and the conductor goes on with the old ring', {
      timeout: 60_000,
    }, async () => {
      const ring = join(folder, 'broken');
      await createKeyRingFile(ring);
      await using conductor = await runConductor(await databases.createDatabase(), ring);
      await writeFile(ring, 'nonsense');
      await expect
        .poll(() => conductor.log.join('\n'), { timeout: 30_000 })
        .toContain('the new key ring cannot be used; the old one stays');
      expect(conductor.log.join('\n')).not.toContain('nonsense');
      await conductor.nodes.createNode({ node: { name: 'n1', driverSecrets: { password: 'x' } } });
    });
  });
}
