import type { Node } from './driver.ts';

/** Shorter ones are in every text by chance: to blot them out would show where they are. */
const shortest = 4;
const mark = '***';
const deepest = 8;

/**
 * Blots secrets out of an error before anybody reads it: message, stack, details and causes. A machine that refuses a value likes to quote
 * it (Redfish's `PropertyValueNotInList` does), and its words are shown to people. The error is changed in place and keeps its type.
 * @param secrets of four characters and more
 */
export function withoutSecrets<T>(error: T, secrets: readonly string[]): T {
  const wanted = secrets.filter((secret) => secret.length >= shortest).sort((a, b) => b.length - a.length);
  if (wanted.length > 0) blotOut(error, wanted, new Set(), 0);
  return error;
}

/** The secrets of a node that are text. */
export function secretsOf({ secrets }: Node): string[] {
  return Object.values(secrets).filter((value) => typeof value === 'string');
}

function blotOut(value: unknown, secrets: readonly string[], seen: Set<object>, depth: number): void {
  if (typeof value !== 'object' || value === null || seen.has(value) || depth > deepest) return;
  // Bytes are not shown to anybody.
  if (ArrayBuffer.isView(value)) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    const part: unknown = Reflect.get(value, key);
    if (typeof part !== 'string') blotOut(part, secrets, seen, depth + 1);
    else if (secrets.some((secret) => part.includes(secret))) {
      const clean = secrets.reduce((text, secret) => text.replaceAll(secret, mark), part);
      Reflect.defineProperty(value, key, { value: clean });
    }
  }
}
