import { RfbError } from '../errors.ts';
import { asRfbError, type Handshake } from '../handshake.ts';
import { readReason } from '../reason.ts';
import { METHODS } from '../security/methods.ts';
import { negotiateVencrypt } from '../security/vencrypt.ts';
import { SECURITY, type SecurityName, securityTypeName, VENCRYPT } from '../security-types.ts';
import type { TlsTrust } from '../tls.ts';
import type { RfbVersion } from '../version.ts';
import { chooseSecurity, type Wanted } from './choose-security.ts';

export interface SecurityLimits {
  maxReasonBytes: number;
  maxSecurityTypes: number;
}

/** From the security types to the verdict, for all three versions. */
export async function negotiateSecurity(
  h: Handshake,
  version: RfbVersion,
  wanted: Wanted,
  trust: TlsTrust,
  limits: SecurityLimits,
): Promise<{ name: SecurityName; offered: string[] }> {
  const offered = version === '3.3' ? await readDictatedType(h, limits) : await readOfferedTypes(h, limits);
  const top = (name: SecurityName) => (SECURITY[name].vencrypt ? VENCRYPT : SECURITY[name].number);
  let name = chooseSecurity(offered, wanted, top);
  // 3.3 dictates, there is nothing to answer.
  if (version !== '3.3') h.write(Buffer.from([top(name)]));
  if (SECURITY[name].vencrypt) {
    const sub = (n: SecurityName) => (SECURITY[n].vencrypt ? SECURITY[n].number : undefined);
    name = await negotiateVencrypt(h, (subtypes) => chooseSecurity(subtypes, wanted, sub), trust);
  }
  await METHODS[SECURITY[name].inner].prove(h, wanted.credentials);
  // None has a verdict only since 3.8; VeNCrypt's *None subtypes always have one.
  if (name !== 'None' || version === '3.8') await readVerdict(h, version, limits, wanted);
  return { name, offered: offered.map(securityTypeName) };
}

/** 3.3: `U32 type`; 0 = refused, a reason follows. */
async function readDictatedType(h: Handshake, limits: SecurityLimits): Promise<number[]> {
  h.awaiting = 'the security type';
  const type = await h.reader.readU32();
  if (type === 0) throw await refusal(h, limits);
  return [type];
}

/** 3.7 and 3.8: `U8 count | count × U8 type`; count 0 = refused, a reason follows. */
async function readOfferedTypes(h: Handshake, limits: SecurityLimits): Promise<number[]> {
  h.awaiting = 'the security types';
  const count = await h.reader.readU8();
  if (count === 0) throw await refusal(h, limits);
  if (count > limits.maxSecurityTypes) {
    throw new RfbError('LIMIT_EXCEEDED', `${count} security types, more than ${limits.maxSecurityTypes}`);
  }
  return [...(await h.reader.read(count))];
}

/** The server says no before any authentication: out of sessions, or we are locked out. */
async function refusal(h: Handshake, { maxReasonBytes }: SecurityLimits): Promise<RfbError> {
  const reason = await readReason(h, maxReasonBytes);
  if ('tooLong' in reason) {
    return new RfbError(
      'LIMIT_EXCEEDED',
      `the server refused the connection with a reason of ${reason.tooLong} bytes (limit ${maxReasonBytes})`,
    );
  }
  const { text } = reason;
  // TigerVNC and RealVNC: "Too many security failures"; libvncserver: "Too many authentication failures".
  const code = /too many (security|authentication)? ?(failures|attempts)/i.test(text)
    ? 'TOO_MANY_ATTEMPTS'
    : 'REFUSED_BY_SERVER';
  return new RfbError(code, `the server refused the connection: ${text || 'no reason given'}`, {
    reason: text,
  });
}

/**
 * SecurityResult: `U32 0 ok | 1 failed | 2 too many attempts`, and in 3.8 a reason after a failure.
 * A failure stays AUTHENTICATION_FAILED even when its reason is oversized or never comes: the one thing a
 * caller must learn is not to try the same password again.
 */
async function readVerdict(
  h: Handshake,
  version: RfbVersion,
  { maxReasonBytes }: SecurityLimits,
  { credentials }: Wanted,
): Promise<void> {
  h.awaiting = "the server's verdict on our authentication";
  const result = await h.reader.readU32();
  if (result === 0) return;
  if (result > 2) throw new RfbError('PROTOCOL_VIOLATION', `SecurityResult ${result} does not exist`);
  let reason = '';
  if (version === '3.8') {
    try {
      const read = await readReason(h, maxReasonBytes);
      reason =
        'text' in read ? read.text : `withheld, its ${read.tooLong} bytes are beyond ${maxReasonBytes}`;
    } catch (error) {
      // Several servers hang up instead of explaining. Only an abort by our caller is something else.
      const mapped = asRfbError(error, h);
      if (mapped instanceof RfbError && mapped.code === 'ABORTED') throw mapped;
    }
  }
  reason = withoutSecret(reason, credentials.password);
  const code = result === 2 || /too many/i.test(reason) ? 'TOO_MANY_ATTEMPTS' : 'AUTHENTICATION_FAILED';
  throw new RfbError(code, `the server refused our authentication${reason && `: ${reason}`}`, { reason });
}

/** A server that received a plain password could send it back in its reason. */
function withoutSecret(text: string, secret: string | undefined): string {
  return secret ? text.replaceAll(secret, '***') : text;
}
