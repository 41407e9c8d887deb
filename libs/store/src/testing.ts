export { type PostgresServer, startPostgres } from './testing/startPostgres.ts';
