import { setTimeout as pause } from 'node:timers/promises';
import { isReason, MeshError } from '@consolemesh/errors';
import { CommandError } from '../exit-codes.ts';
import type { DoorAddress } from './door-address.ts';
import type { DoorMessage } from './messages.ts';
import { type Door, openDoor } from './open-door.ts';

/** What keeping a console open takes. */
export interface HoldParts {
  readonly address: DoorAddress;
  /** Words of the first line beside the token: `role=view size=80x24`. */
  words(): string;
  /** A token for the console. Throws MeshError. */
  token(): Promise<string>;
  readonly signal: AbortSignal;
  data(bytes: Buffer): void;
  message(message: DoorMessage): void;
  /** A connection stands; the one before is gone. */
  onDoor(door: Door): void;
  /** The connection is lost and is tried again. */
  onLost(message: string): void;
}

/** Pauses before tries to come back, ms; a machine room's network may take a while. */
const pauses = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000];
/** Refusals that the same words may not meet a moment later. */
const passing = new Set([
  'DRAINING',
  'CONDUCTOR_UNAVAILABLE',
  'TOKEN_SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
  'UNAVAILABLE',
]);

/** How a connection ended. */
type End = Extract<DoorMessage, { type: 'closing' }> | undefined;

/**
 * Opens a console and keeps it open: a connection that breaks is made again with the ticket of the last one, or with a new token. Resolves when
 * the signal ends.
 * @throws MeshError with the reason when the console is over, and what the first try fails with
 */
export async function holdConsole(parts: HoldParts): Promise<void> {
  const { signal } = parts;
  let ticket: string | undefined;

  async function connect(): Promise<{ over: Promise<End>; door: Door }> {
    const credential = ticket === undefined ? `token=${await parts.token()}` : `resume=${ticket}`;
    let end: End;
    let finish: (end: End) => void = () => {};
    const over = new Promise<End>((resolve) => {
      finish = resolve;
    });
    const door = await openDoor(
      parts.address,
      `${credential} ${parts.words()} mode=frames`,
      {
        data: parts.data,
        message(message) {
          if (message.type === 'opened' || message.type === 'resume') ticket = message.resume;
          if (message.type === 'closing') end = message;
          parts.message(message);
        },
        over: () => finish(end),
      },
      signal,
    );
    return { door, over };
  }

  async function comeBack(first: number): ReturnType<typeof connect> {
    for (const [tries, ms] of pauses.entries()) {
      await pause(tries === 0 ? first : ms, undefined, { signal });
      try {
        return await connect();
      } catch (error) {
        const isLast = tries === pauses.length - 1;
        const refused = error instanceof MeshError && !passing.has(error.reason);
        // A ticket that is refused is no better later; a token may be.
        if (refused && ticket !== undefined) ticket = undefined;
        else if (refused || isLast || (!(error instanceof MeshError) && !(error instanceof CommandError)))
          throw error;
      }
    }
    throw new MeshError('UPSTREAM_LOST');
  }

  try {
    let open = await connect();
    for (;;) {
      parts.onDoor(open.door);
      const stopped = () => open.door.close();
      signal.addEventListener('abort', stopped, { once: true });
      if (signal.aborted) stopped();
      const end = await open.over;
      signal.removeEventListener('abort', stopped);
      if (signal.aborted) return;
      if (end && !end.canResume)
        throw new MeshError(isReason(end.reason) ? end.reason : 'INTERNAL', end.message);
      parts.onLost(end?.message ?? 'The connection is lost.');
      open = await comeBack(end?.retryAfterMs ?? pauses[0]!);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
