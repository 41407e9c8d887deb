import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../database.ts';
import { startPostgres } from './start-postgres.ts';

/** Where a suite gets its databases from. */
export interface TestDatabases {
  /** The URL of a new, empty database that several `openDatabase` may share. */
  createDatabase(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestEngine {
  readonly engine: Engine;
  /** For titles: `SQLite`, `PostgreSQL`. */
  readonly name: string;
  start(): Promise<TestDatabases>;
}

/** What `npm test` could not install, and has said so. */
const leftOut = (process.env.CONSOLEMESH_TEST_WITHOUT ?? '').split(',');

/**
 * Both engines, for the one suite of a service's store:
 *
 *     for (const { name, start } of testEngines) describe(`leases on ${name}`, () => {
 *       let databases: TestDatabases;
 *       beforeAll(async () => { databases = await start(); });
 *       afterAll(() => databases[Symbol.asyncDispose]());
 *       test('…', async () => { await using db = await openDatabase({ url: await databases.createDatabase(), … }); });
 *     });
 */
export const testEngines: readonly TestEngine[] = [
  { engine: 'sqlite', name: 'SQLite', start: createFolder } as const,
  { engine: 'postgres', name: 'PostgreSQL', start: startPostgres } as const,
].filter(({ engine }) => !leftOut.includes(engine));

async function createFolder(): Promise<TestDatabases> {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-sqlite-'));
  let created = 0;
  return {
    createDatabase: async () => `sqlite:${join(folder, `${created++}.sqlite`)}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
