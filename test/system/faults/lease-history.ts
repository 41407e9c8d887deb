import { compose } from '../docker.ts';

/** One state of a lease's row; times are the database's, ms since the epoch. */
export interface LeaseEntry {
  readonly at: number;
  readonly consoleId: string;
  readonly owner: string;
  readonly fence: number;
  readonly expiresAt: number;
}

/** Lets the database itself write down every change of a lease, from now on: what no conductor can leave out. */
export async function recordLeases(): Promise<void> {
  await sql(`
    CREATE TABLE IF NOT EXISTS lease_history (n bigserial PRIMARY KEY, at bigint, console_id text, owner text, fence bigint, expires_at bigint);
    CREATE OR REPLACE FUNCTION keep_lease() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      INSERT INTO lease_history (at, console_id, owner, fence, expires_at)
        VALUES ((extract(epoch FROM clock_timestamp()) * 1000)::bigint, NEW.console_id, NEW.owner, NEW.fence, NEW.expires_at);
      RETURN NEW; END $$;
    CREATE OR REPLACE TRIGGER keep_lease AFTER INSERT OR UPDATE ON conductor_leases FOR EACH ROW EXECUTE FUNCTION keep_lease();`);
}

/** What was written down. */
export async function readLeases(): Promise<LeaseEntry[]> {
  const rows = await sql('SELECT at, console_id, owner, fence, expires_at FROM lease_history ORDER BY n');
  return rows
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((line) => {
      const [at, consoleId, owner, fence, expiresAt] = line.split('|') as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { at: Number(at), consoleId, owner, fence: Number(fence), expiresAt: Number(expiresAt) };
    });
}

/**
 * Judges a history by what a lease is, and answers each violation as a sentence:
 * - nobody gets a lease while somebody else's has not ended and was not given back
 * - a lease that changes hands has a higher fence, and no fence ever falls
 */
export function checkLeases(history: readonly LeaseEntry[]): string[] {
  const found: string[] = [];
  const last = new Map<string, LeaseEntry>();
  for (const entry of history) {
    const before = last.get(entry.consoleId);
    last.set(entry.consoleId, entry);
    if (!before) continue;
    const about = `${entry.consoleId}: ${entry.owner} (fence ${entry.fence}) after ${before.owner} (fence ${before.fence})`;
    if (entry.fence < before.fence) found.push(`${about}: the fence fell`);
    if (entry.owner === '' || entry.owner === before.owner) continue;
    if (entry.fence === before.fence) found.push(`${about}: the fence did not grow`);
    if (before.owner !== '' && entry.at < before.expiresAt)
      found.push(`${about}: ${before.expiresAt - entry.at} ms too early`);
  }
  return found;
}

/** Runs SQL as the database's own administrator, who exists in its container only. */
export function sql(text: string, database = 'conductor'): Promise<string> {
  return compose(
    'exec',
    '-T',
    'postgres',
    'psql',
    '--host=/tmp',
    '--username=postgres',
    '-qAt',
    '-v',
    'ON_ERROR_STOP=1',
    `--dbname=${database}`,
    '--command',
    text,
  );
}
