import { describeDatabase } from './describe-database.ts';
import { testEngines } from './testing.ts';

for (const { name, start } of testEngines) describeDatabase(name, start);

describeDatabase(
  'SQLite in memory',
  async () => ({ createDatabase: async () => 'sqlite::memory:', [Symbol.asyncDispose]: async () => {} }),
  false,
);
