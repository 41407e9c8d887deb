import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Grant, type SignedGrant } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp } from '../time.ts';

/** Keeps a signature for a grant from being good for anything else. */
const context = Buffer.from('consolemesh-grant-v1:');

/** A grant as bytes with an Ed25519 signature over `consolemesh-grant-v1:` and those bytes (token/v1/token.proto, SignedGrant). */
export function signGrant(grant: Grant, keyId: string, privateKey: KeyObject): SignedGrant {
  const payload = Buffer.from(Grant.encode(grant).finish());
  return { payload, keyId, signature: sign(null, Buffer.concat([context, payload]), privateKey) };
}

/**
 * The grant, when its signature is right, it has not expired and it is made out to `proxyId`. Throws GRANT_INVALID or GRANT_EXPIRED.
 * `publicKey` is the SPKI DER that ListGrantKeys gave for the grant's key id.
 */
export function verifyGrant(signed: SignedGrant, publicKey: Uint8Array, proxyId: string, now: number): Grant {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  if (!verify(null, Buffer.concat([context, signed.payload]), key, signed.signature)) {
    throw new MeshError('GRANT_INVALID');
  }
  const grant = Grant.decode(signed.payload);
  if (grant.proxyId !== proxyId || !grant.key || !grant.expiresAt) throw new MeshError('GRANT_INVALID');
  if (now > fromTimestamp(grant.expiresAt)) throw new MeshError('GRANT_EXPIRED');
  return grant;
}
