import { MeshError } from '@consolemesh/errors';

/** A secret value that no log, no JSON and no copy shows: it comes out of `reveal` only. */
export interface Sealed<T> {
  /** @throws MeshError SECRETS_UNREADABLE when it was stored under a key that is missing */
  reveal(): T;
}

/** What is sealed, or undefined when it cannot be read (SECRETS_UNREADABLE): for those who can do without. */
export function revealIfReadable<T>(secret: Sealed<T>): T | undefined {
  try {
    return secret.reveal();
  } catch (error) {
    if (error instanceof MeshError && error.reason === 'SECRETS_UNREADABLE') return undefined;
    throw error;
  }
}

/** Seals a plain value. */
export function sealed<T>(value: T): Sealed<T> {
  return { reveal: () => value };
}
