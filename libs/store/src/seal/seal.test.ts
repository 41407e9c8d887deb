import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { createKeyRingFile, generateKeyRing } from './create-key-ring-file.ts';
import { createSealer, SealError } from './create-sealer.ts';
import { KeyRingError, parseKeyRing } from './parse-key-ring.ts';

const keys = parseKeyRing(generateKeyRing() + generateKeyRing());
const sealer = createSealer({ keys });

describe('a sealer', () => {
  property.prop([fc.uint8Array({ maxLength: 300 }), fc.string()])(
    'opens what it sealed, for the same context',
    (plaintext, context) => {
      expect(sealer.open(sealer.seal(plaintext, context), context)).toEqual(Buffer.from(plaintext));
    },
  );

  property.prop([fc.string({ maxLength: 40 }), fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'refuses a value of which any one byte was changed',
    (plaintext, at, mask) => {
      const sealed = sealer.seal(plaintext, 'console/1');
      sealed[at % sealed.length]! ^= mask;
      expect(() => sealer.open(sealed, 'console/1')).toThrow(SealError);
    },
  );

  test('refuses a value cut short at every length', () => {
    const sealed = sealer.seal('password', 'console/1');
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealer.open(sealed.subarray(0, length), 'console/1')).toThrow(SealError);
    }
  });

  test('refuses a value that was moved to another console', () => {
    expect(() => sealer.open(sealer.seal('password', 'console/1'), 'console/2')).toThrow('belongs elsewhere');
  });

  test('seals the same text differently each time, and never shows it', () => {
    const [one, two] = [sealer.seal('hunter2', 'c'), sealer.seal('hunter2', 'c')];
    expect(one.equals(two)).toBe(false);
    expect(one.includes('hunter2')).toBe(false);
  });

  test('lays a value out as version, key id, nonce, tag and ciphertext', () => {
    const id = keys[0]!.id;
    const sealed = sealer.seal('12345', 'c');
    expect(sealed[0]).toBe(1);
    expect(sealed[1]).toBe(id.length);
    expect(sealed.toString('latin1', 2, 2 + id.length)).toBe(id);
    expect(sealed.length).toBe(2 + id.length + 12 + 16 + 5);
  });

  test('opens what an older key sealed and asks to seal it again', () => {
    const old = createSealer({ keys: [keys[1]!] }).seal('password', 'c');
    expect(sealer.open(old, 'c').toString()).toBe('password');
    expect(sealer.needsRotation(old)).toBe(true);
    expect(sealer.needsRotation(sealer.seal('password', 'c'))).toBe(false);
  });

  test('names the key that is missing from the ring', () => {
    const stranger = parseKeyRing(generateKeyRing());
    const sealed = createSealer({ keys: stranger }).seal('password', 'c');
    expect(() => sealer.open(sealed, 'c')).toThrow(
      `the key ${stranger[0]!.id}, which is not in the key ring`,
    );
  });

  test('needs a key, and each under its own id', () => {
    expect(() => createSealer({ keys: [] })).toThrow(TypeError);
    expect(() => createSealer({ keys: [keys[0]!, keys[0]!] })).toThrow(TypeError);
  });
});

describe('a key ring', () => {
  const good = Buffer.alloc(32, 7).toString('base64');

  test('lists the active key first and may hold comments', () => {
    expect(parseKeyRing(`# 2026\n\nnew:${good}\r\nold:${good}\n`).map(({ id }) => id)).toEqual([
      'new',
      'old',
    ]);
  });

  test.each([
    ['', 'holds no key'],
    [`a:${good}\nb ${good}`, 'line 2: expected <id>'],
    [`a:${good}\n\nb:${good.slice(4)}`, 'line 3: the key has 29 bytes'],
    [`a:${good}\na:${good}`, 'line 2: its id is taken'],
  ])('says what is wrong with ring %#, by line and never by content', (text, advice) => {
    let message = '';
    try {
      parseKeyRing(text);
    } catch (error) {
      expect(error).toBeInstanceOf(KeyRingError);
      message = (error as Error).message;
    }
    expect(message).toContain(advice);
    expect(message).not.toContain(good.slice(4, 20));
  });

  test('is made as a file for its owner alone, and never made twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'consolemesh-ring-'));
    try {
      const path = join(folder, 'ring');
      expect(await createKeyRingFile(path)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const text = readFileSync(path, 'utf8');
      expect(parseKeyRing(text)).toHaveLength(1);
      expect(await createKeyRingFile(path)).toBe(false);
      expect(readFileSync(path, 'utf8')).toBe(text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
