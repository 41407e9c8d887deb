import { generateKeyPairSync } from 'node:crypto';
import { Grant } from '@consolemesh/contracts/token';
import { describe, expect, it } from 'vitest';
import { toTimestamp } from '../time.ts';
import { signGrant, verifyGrant } from './signed-grant.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const spki = publicKey.export({ format: 'der', type: 'spki' });
const now = 1_800_000_000_000;
const grant = Grant.create({
  sessionId: 's1',
  key: { consoleId: 'c1', generation: 3n },
  proxyId: 'p1',
  expiresAt: toTimestamp(now + 60_000),
});

describe('a signed grant', () => {
  it('is good for its proxy until it expires', () => {
    const signed = signGrant(grant, 'k1', privateKey);
    expect(verifyGrant(signed, spki, 'p1', now)).toMatchObject({ sessionId: 's1', key: { generation: 3n } });
    expect(() => verifyGrant(signed, spki, 'p2', now)).toThrow(/not valid for this proxy/);
    expect(() => verifyGrant(signed, spki, 'p1', now + 60_001)).toThrow(/too old/);
  });

  it('is refused when its payload or its signature was changed, or another key made it', () => {
    const signed = signGrant(grant, 'k1', privateKey);
    const role = Buffer.from(Grant.encode({ ...grant, proxyId: 'p1', role: 1 }).finish());
    expect(() => verifyGrant({ ...signed, payload: role }, spki, 'p1', now)).toThrow(/not valid/);
    expect(() => verifyGrant({ ...signed, signature: Buffer.alloc(64) }, spki, 'p1', now)).toThrow(
      /not valid/,
    );
    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' });
    expect(() => verifyGrant(signed, other, 'p1', now)).toThrow(/not valid/);
  });
});
