/** A secret value that no log, no JSON and no copy shows: it comes out of `reveal` only. */
export interface Sealed<T> {
  reveal(): T;
}

/** Seals a plain value. */
export function sealed<T>(value: T): Sealed<T> {
  return { reveal: () => value };
}
