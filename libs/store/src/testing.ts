export { type PostgresServer, startPostgres } from './testing/start-postgres.ts';
export { type TestDatabases, type TestEngine, testEngines } from './testing/test-engines.ts';
