import type { Command } from '../commands/command.ts';
import type { BmcSession } from './sessions.ts';

/** Who asks. */
export interface Asker {
  /** undefined outside a session. */
  session: BmcSession | undefined;
  /** Where the packet came from. */
  from: string;
}

/** How a BMC answers one command. */
export interface Handler {
  readonly command: Command<unknown, unknown>;
  /** Least privilege level, 1..4; 0 = also outside a session. */
  readonly privilege: number;
  answer(request: unknown, asker: Asker): unknown;
}

/** @param answer returns the response, perhaps later; throws a Completion to answer with another completion code than 00h */
export function handler<Req, Res>(
  command: Command<Req, Res>,
  privilege: number,
  answer: (request: Req, asker: Asker) => Res | Promise<Res>,
): Handler {
  return { command, privilege, answer };
}

/** Thrown by handlers: the completion code to answer with. */
export class Completion extends Error {
  override readonly name = 'Completion';
  readonly code: number;

  constructor(code: number) {
    super(`completion code 0x${code.toString(16)}`);
    this.code = code;
  }
}
