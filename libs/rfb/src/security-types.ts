/** What protects the bytes and what proves the user, for each security type this library speaks. */
export interface SecurityType {
  /** Number on the wire: the security type, or the VeNCrypt subtype when `vencrypt` is set. */
  readonly number: number;
  readonly vencrypt: boolean;
  /** `clear`: as the stream is; `anonymous`: TLS without certificate; `x509`: TLS with one. */
  readonly transport: 'clear' | 'anonymous' | 'x509';
  readonly inner: 'none' | 'vnc' | 'plain';
}

export type SecurityName =
  | 'None'
  | 'VNC'
  | 'Plain'
  | 'TLSNone'
  | 'TLSVnc'
  | 'TLSPlain'
  | 'X509None'
  | 'X509Vnc'
  | 'X509Plain';

/**
 * Strongest first; the order in which a type is chosen. `Plain` is last: without TLS it tells the password to
 * anybody on the way. Tight (16) is deliberately absent: it appends blocks to ServerInit that a viewer which
 * negotiated None does not expect.
 */
export const SECURITY: Readonly<Record<SecurityName, SecurityType>> = {
  X509Plain: { number: 262, vencrypt: true, transport: 'x509', inner: 'plain' },
  X509Vnc: { number: 261, vencrypt: true, transport: 'x509', inner: 'vnc' },
  X509None: { number: 260, vencrypt: true, transport: 'x509', inner: 'none' },
  TLSPlain: { number: 259, vencrypt: true, transport: 'anonymous', inner: 'plain' },
  TLSVnc: { number: 258, vencrypt: true, transport: 'anonymous', inner: 'vnc' },
  TLSNone: { number: 257, vencrypt: true, transport: 'anonymous', inner: 'none' },
  VNC: { number: 2, vencrypt: false, transport: 'clear', inner: 'vnc' },
  None: { number: 1, vencrypt: false, transport: 'clear', inner: 'none' },
  Plain: { number: 256, vencrypt: true, transport: 'clear', inner: 'plain' },
};

export const SECURITY_NAMES = Object.keys(SECURITY) as SecurityName[];

export const VENCRYPT = 19;

/** Every registered number, for texts only (rfbproto "Security Types", VeNCrypt subtypes). */
const REGISTERED: Readonly<Record<number, string>> = {
  0: 'Invalid',
  1: 'None',
  2: 'VNC',
  5: 'RA2',
  6: 'RA2ne',
  13: 'RSA-AES-two-step',
  16: 'Tight',
  17: 'Ultra',
  18: 'TLS',
  19: 'VeNCrypt',
  20: 'SASL',
  21: 'MD5',
  22: 'xvp',
  23: 'SecureTunnel',
  24: 'IntegratedSSH',
  30: 'AppleDH',
  35: 'AppleRSA',
  113: 'MSLogonII',
  129: 'RA2-256',
  130: 'RA2ne-256',
  256: 'Plain',
  257: 'TLSNone',
  258: 'TLSVnc',
  259: 'TLSPlain',
  260: 'X509None',
  261: 'X509Vnc',
  262: 'X509Plain',
  263: 'TLSSASL',
  264: 'X509SASL',
};

export function securityTypeName(number: number): string {
  return REGISTERED[number] ?? `unknown(${number})`;
}
