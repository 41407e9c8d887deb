import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IpmiError } from '../errors.ts';
import { createConfidentiality } from './confidentiality.ts';
import { hmac, type SessionKeys } from './keys.ts';
import { openPacket, sealPacket } from './protect.ts';
import { createSequenceWindow, nextSequence } from './sequence-window.ts';
import { SUITES } from './suites.ts';

const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((b) => Buffer.from(b));
const suite = fc.constantFrom(...Object.values(SUITES));
const keysOf = (id: number): SessionKeys => ({
  suite: SUITES[id]!,
  sik: Buffer.alloc(20, 3),
  k1: Buffer.alloc(20, 4),
  k2: Buffer.alloc(20, 5),
  aes: createConfidentiality(Buffer.alloc(20, 5)),
});

describe('an integrity code', () => {
  it('is HMAC, with keys of any length', () => {
    fc.assert(
      fc.property(suite, bytes(0, 150), fc.array(bytes(0, 300), { maxLength: 3 }), (s, key, parts) => {
        const expected = createHmac(s.integrity.node, key).update(Buffer.concat(parts)).digest();
        expect(hmac(s.integrity, key, ...parts)).toEqual(expected);
      }),
    );
  });
});

describe('confidentiality', () => {
  it('gives back every payload, packet after packet, whatever of them arrives', () => {
    const packets = fc.array(fc.tuple(bytes(0, 300), bytes(16), fc.boolean()), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(bytes(20), packets, (key, sent) => {
        const here = createConfidentiality(key);
        const there = createConfidentiality(key);
        for (const [payload, iv, arrives] of sent) {
          const sealed = here.encrypt(payload, iv);
          if (arrives) expect(there.decrypt(sealed)).toEqual(payload);
        }
      }),
    );
  });

  it('encrypts each packet as if it were the first', () => {
    const packets = fc.array(fc.tuple(bytes(15, 15), bytes(16)), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(bytes(20), packets, (key, sent) => {
        const aes = createConfidentiality(key);
        for (const [payload, iv] of sent) {
          const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), iv).setAutoPadding(false);
          const plain = Buffer.concat([payload, Buffer.from([0])]);
          expect(aes.encrypt(payload, iv)).toEqual(Buffer.concat([iv, cipher.update(plain)]));
        }
      }),
    );
  });

  it('meets nonsense with IpmiError alone, and takes a packet after it', () => {
    fc.assert(
      fc.property(bytes(0, 80), bytes(20), bytes(16), (sealed, key, iv) => {
        const aes = createConfidentiality(key);
        try {
          aes.decrypt(sealed);
        } catch (error) {
          expect(error).toBeInstanceOf(IpmiError);
        }
        expect(aes.decrypt(aes.encrypt(Buffer.from('hello'), iv)).toString()).toBe('hello');
      }),
    );
  });
});

describe('a protected packet', () => {
  const packet = fc.record({
    payloadType: fc.constantFrom(0, 1),
    encrypted: fc.boolean(),
    authenticated: fc.boolean(),
    sessionId: fc.nat(),
    sequence: fc.nat(),
    payload: bytes(0, 260),
  });

  it.each(['whole', 'withoutTrailer'] as const)('is opened as it was sealed, pad %s', (pad) => {
    fc.assert(
      fc.property(packet, suite, bytes(16), (p, s, iv) => {
        const keys = keysOf(s.id);
        const plain = { ...p, encrypted: p.encrypted && s.encrypts };
        const body = sealPacket(plain, keys, () => iv, pad);
        expect(openPacket(body, keys)).toEqual(plain);
        const counted = body.length - s.integrity.truncated - (pad === 'whole' ? 0 : 2);
        if (p.authenticated) expect(counted % 4).toBe(0);
      }),
    );
  });

  it('that is authenticated is refused when any byte of it was changed', () => {
    fc.assert(
      fc.property(packet, bytes(16), fc.nat(), fc.integer({ min: 1, max: 255 }), (p, iv, at, xor) => {
        const keys = keysOf(17);
        const body = sealPacket({ ...p, authenticated: true }, keys, () => iv);
        const changed = at % body.length;
        body[changed]! ^= xor;
        // The flag that says "authenticated" is itself such a byte: without it the caller refuses the packet.
        try {
          expect(openPacket(body, keys).authenticated).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(IpmiError);
        }
      }),
    );
  });
});

describe('the sequence window', () => {
  it('takes every number once, late ones up to 16 behind', () => {
    const window = createSequenceWindow({ leaps: false });
    expect([100, 101, 103, 102, 102, 101, 87, 86].map(window.accept)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it('leaps ahead only where packets are authenticated', () => {
    const strict = createSequenceWindow({ leaps: false });
    const lenient = createSequenceWindow({ leaps: true });
    expect([1, 18, 17].map(strict.accept)).toEqual([true, false, true]);
    expect([1, 18, 17, 1, 5000, 18].map(lenient.accept)).toEqual([true, true, true, false, true, false]);
  });

  it('goes on across the wrap, which skips 0', () => {
    const window = createSequenceWindow({ leaps: false });
    expect(nextSequence(0xffff_ffff)).toBe(1);
    expect([0xffff_fffe, 0xffff_ffff, 0, 1, 0xffff_fffd, 1].map(window.accept)).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it('takes no number twice, whatever comes', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.integer({ min: 1, max: 60 })), (leaps, numbers) => {
        const window = createSequenceWindow({ leaps });
        const taken = numbers.filter(window.accept);
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });
});
