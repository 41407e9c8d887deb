import { SECURITY, SECURITY_NAMES, type SecurityName } from '@consolemesh/rfb';

/** What `vnc_security` says. */
export interface Security {
  /** Where TLS begins. */
  readonly mode: 'none' | 'from-first-byte' | 'vencrypt';
  /** Security types that may be chosen, strongest first. */
  readonly allowed: readonly SecurityName[];
  /** Whether every allowed type asks for a user name or a password. */
  readonly needsUser: boolean;
  readonly needsPassword: boolean;
  /** Whether TLS is used and no allowed type has a certificate that could be judged. */
  readonly anonymous: boolean;
  readonly mistakes: readonly string[];
}

const names: Readonly<Record<string, SecurityName>> = {
  none: 'None',
  vnc: 'VNC',
  'tls-none': 'TLSNone',
  'tls-vnc': 'TLSVnc',
  'tls-plain': 'TLSPlain',
  'x509-none': 'X509None',
  'x509-vnc': 'X509Vnc',
  'x509-plain': 'X509Plain',
};

/** Words that a list may hold beside `any`. */
export const securityWords = [...Object.keys(names), 'tls'];

/** Reads `any` or a comma-separated list; never throws. */
export function parseSecurity(text: string): Security {
  const words = text
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter(Boolean);
  const unknown = words.filter((word) => word !== 'any' && !securityWords.includes(word));
  const mistakes = unknown.map(
    (word) => `${JSON.stringify(word)} is not known; expected any, or a list of ${securityWords.join(', ')}`,
  );
  if (words.length === 0) mistakes.push(`is empty; expected any, or a list of ${securityWords.join(', ')}`);
  if (words.includes('any') && words.length > 1)
    mistakes.push('names any beside others; expected any alone, or a list without it');

  const listed = SECURITY_NAMES.filter((name) => words.some((word) => names[word] === name));
  if (words.includes('tls')) {
    const nested = listed.filter((name) => SECURITY[name].transport !== 'clear');
    if (nested.length > 0)
      mistakes.push(
        'names tls (TLS from the first byte) beside tls-… or x509-… (TLS inside RFB); expected one of the two',
      );
    const inner = listed.filter((name) => SECURITY[name].transport === 'clear');
    // Inside TLS a password in clear text is protected, so Plain is allowed there.
    return describe('from-first-byte', inner.length > 0 ? inner : ['VNC', 'None', 'Plain'], mistakes);
  }
  const allowed = listed.length > 0 ? listed : SECURITY_NAMES.filter((name) => name !== 'Plain');
  const vencrypt = allowed.some((name) => SECURITY[name].vencrypt);
  return describe(vencrypt ? 'vencrypt' : 'none', allowed, mistakes);
}

function describe(mode: Security['mode'], allowed: readonly SecurityName[], mistakes: string[]): Security {
  return {
    mode,
    allowed,
    needsUser: allowed.every((name) => SECURITY[name].inner === 'plain'),
    needsPassword: allowed.every((name) => SECURITY[name].inner !== 'none'),
    anonymous:
      mode === 'vencrypt' &&
      allowed.some((name) => SECURITY[name].transport === 'anonymous') &&
      allowed.every((name) => SECURITY[name].transport !== 'x509'),
    mistakes,
  };
}
