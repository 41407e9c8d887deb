/** Which database is meant. */
export type DatabaseUrl =
  | { readonly engine: 'sqlite'; readonly path: string | ':memory:' }
  | { readonly engine: 'postgres'; readonly connectionString: string };

/**
 * Reads `sqlite:<path>`, `sqlite::memory:`, `postgres://…` or `postgresql://…`.
 * @throws TypeError that shows the accepted forms, never the URL: it may hold a password
 */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  const [, scheme, rest] = /^([a-z]+):(.*)$/s.exec(url) ?? [];
  if (scheme === 'sqlite' && rest && !rest.includes('\0')) {
    // Three slashes as in file URLs; two would make the first folder a host name.
    const path = rest.startsWith('///') ? rest.slice(2) : rest;
    if (!path.startsWith('//')) return { engine: 'sqlite', path };
  }
  if ((scheme === 'postgres' || scheme === 'postgresql') && URL.canParse(url)) {
    return { engine: 'postgres', connectionString: url };
  }
  throw new TypeError(
    'the database URL is not understood; expected sqlite:<path>, sqlite::memory: or postgres://user:password@host:port/database',
  );
}
