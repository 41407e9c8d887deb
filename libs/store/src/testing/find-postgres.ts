import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/**
 * The folder that holds `initdb` and `postgres`: Debian's newest version, else the one on PATH.
 * @throws Error that names the package to install; a suite must not pass because its database is missing
 */
export function findPostgres(): string {
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...debian.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = folders.find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
  if (found === undefined) {
    throw new Error(
      'PostgreSQL is not installed: apt-get install postgresql, or set CONSOLEMESH_TEST_POSTGRES_URL to a server where databases may be created',
    );
  }
  return found;
}
