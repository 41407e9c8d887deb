import { RedfishError } from './errors.ts';

/**
 * The path of a link or Location. Relative ones are taken from the root; absolute ones must lead to this very
 * service, because whoever follows it brings the session along.
 * @param origin `https://host:port` of the service; undefined = no absolute one belongs to it
 * @throws RedfishError MALFORMED
 */
export function resolvePath(link: string, origin: string | undefined, what: string): string {
  const base = origin ?? 'https://service.invalid';
  if (!URL.canParse(link, base))
    throw new RedfishError('MALFORMED', `${what}: the service gave a broken link`);
  const url = new URL(link, base);
  if (url.origin !== base) {
    throw new RedfishError(
      'MALFORMED',
      `${what}: the service gave a link to another host, ${url.origin.slice(0, 200)}, which is not followed`,
    );
  }
  return url.pathname + url.search;
}

/** Whether two paths differ by a final slash at most. */
export function samePath(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
}
