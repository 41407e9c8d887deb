import { secretFieldNames } from '@consolemesh/contracts';

/** How deep and how long a value may be before it is cut; logs must not grow with hostile input. */
const limits = { depth: 6, entries: 100, text: 2_000 };

/** What stands in a log where a secret was. */
export const mask = '******';

/**
 * A copy of a value that is fit for a log: fields that the contracts mark as secret are masked, bytes are given as their length,
 * and what is too deep or too long is cut. Never throws.
 */
export function redact(value: unknown): unknown {
  return walk(value, 0, new WeakSet());
}

function walk(value: unknown, depth: number, seen: WeakSet<object>): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  if (value instanceof Error) return describeError(value, depth, seen);
  if (depth >= limits.depth || seen.has(value)) return '…';
  seen.add(value);
  if (Array.isArray(value)) return value.slice(0, limits.entries).map((item) => walk(item, depth + 1, seen));
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    return walk((value as { toJSON(): unknown }).toJSON(), depth + 1, seen);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value).slice(0, limits.entries)) {
    copy[key] = secretFieldNames().has(camelCase(key)) && !isEmpty(item) ? mask : walk(item, depth + 1, seen);
  }
  return copy;
}

function describeError(error: Error, depth: number, seen: WeakSet<object>): unknown {
  const { name, message, stack } = error;
  const code = (error as { code?: unknown }).code;
  const reason = (error as { reason?: unknown }).reason;
  return {
    name,
    message: cut(message),
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
    stack: stack ? cut(stack) : undefined,
    ...(error.cause === undefined || depth >= limits.depth
      ? {}
      : { cause: walk(error.cause, depth + 1, seen) }),
  };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function camelCase(key: string): string {
  return key.replace(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function cut(text: string): string {
  return text.length > limits.text ? `${text.slice(0, limits.text)}…` : text;
}
