import type { Handshake } from '../handshake.ts';

/** What the client proves itself with. */
export interface Credentials {
  username?: string | undefined;
  password?: string | undefined;
}

/** What the server expects. */
export interface Expected extends Credentials {
  /** 16 bytes; random unless a test needs a known one. */
  challenge?: (() => Buffer) | undefined;
}

/** One way to prove a user, both halves. What protects the bytes meanwhile is not its business. */
export interface SecurityMethod {
  readonly needs: readonly (keyof Credentials)[];
  /** Client half: sends the proof. The verdict (SecurityResult) is read by the caller. */
  prove(h: Handshake, credentials: Credentials): Promise<void>;
  /** Server half. @returns whether the proof was right; the caller sends the verdict. */
  verify(h: Handshake, expected: Expected): Promise<boolean>;
}
