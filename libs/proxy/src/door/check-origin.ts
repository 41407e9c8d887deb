import type { Origination } from './client-address.ts';

/** Which pages may open consoles. */
export interface OriginRules {
  /** Further origins, such as `https://ops.example`. */
  readonly allowed: readonly string[];
  /** Whether a client that sends no Origin is let in; browsers always send one. */
  readonly allowMissing: boolean;
}

/** Whether the page that asks is our own (same scheme, host and port as the request) or one of the allowed. */
export function isOriginAllowed(origin: string | undefined, from: Origination, rules: OriginRules): boolean {
  if (origin === undefined || origin === '') return rules.allowMissing;
  const asked = normalOrigin(origin);
  if (asked === undefined) return false;
  if (from.host !== '' && asked === normalOrigin(`${from.scheme}://${from.host}`)) return true;
  return rules.allowed.some((allowed) => normalOrigin(allowed) === asked);
}

/** Scheme, host and port in one spelling: lower case, default ports left out; undefined for what is no origin, such as `null`. */
export function normalOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}
