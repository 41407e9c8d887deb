import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Creates an empty database on a server and gives its URL. */
export async function createTestDatabase(adminUrl: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // template0: nobody can be connected to it, which would make the creation fail.
  await withClient(adminUrl, (client) => client.query(`create database ${name} template template0`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database that {@link createTestDatabase} made, with whoever is connected to it. */
export async function dropTestDatabase(adminUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await withClient(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
}

/** Lends a connection for the length of a call. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 20_000,
  });
  // A server that stops breaks the connection; the call in flight reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
