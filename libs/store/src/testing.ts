export { type PostgresServer, startPostgres } from './testing/startPostgres.ts';
export { type TestDatabases, type TestEngine, testEngines } from './testing/testEngines.ts';
