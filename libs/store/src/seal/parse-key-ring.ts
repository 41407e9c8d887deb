/** One key of a ring. */
export interface SealingKey {
  /** 1 to 64 of A-Z, a-z, 0-9, `.`, `_`, `-`; stands in clear in everything the key seals. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Keys that may be others at the next call: the active one first, never none. The same list as long as nothing has changed. */
export interface KeyRing {
  current(): readonly SealingKey[];
}

/** A key ring that cannot be read. Names the line, never what stands in it. */
export class KeyRingError extends Error {
  override name = 'KeyRingError';
}

/** Most characters of a ring. */
export const largestKeyRing = 64 * 1024;

/**
 * Reads a key ring: one `<id>:<base64 of 32 bytes>` per line, the active key first, older keys (still able to open) below.
 * Empty lines and lines that begin with `#` are skipped.
 * @throws KeyRingError
 */
export function parseKeyRing(text: string): SealingKey[] {
  if (text.length > largestKeyRing)
    throw new KeyRingError(`the key ring is longer than ${largestKeyRing} characters`);
  const keys: SealingKey[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const key = parseLine(line, index + 1);
    if (keys.some(({ id }) => id === key.id))
      throw new KeyRingError(`key ring, line ${index + 1}: its id is taken already`);
    keys.push(key);
  }
  if (keys.length === 0)
    throw new KeyRingError('the key ring holds no key; expected a line <id>:<base64 of 32 bytes>');
  return keys;
}

function parseLine(line: string, number: number): SealingKey {
  const [, id, encoded] = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (id === undefined || encoded === undefined) {
    throw new KeyRingError(`key ring, line ${number}: expected <id>:<base64 of 32 bytes>`);
  }
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== 32)
    throw new KeyRingError(`key ring, line ${number}: the key has ${key.length} bytes, expected 32`);
  return { id, key };
}
