import { Writable } from 'node:stream';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { createEscapes, escapeHelp, type Step, type Wish } from './escapes.ts';
import type { HoldParts } from './hold-console.ts';
import type { DoorMessage } from './messages.ts';
import type { Door } from './open-door.ts';
import { createPresence, type Presence } from './presence.ts';
import type { Seat } from './terminal.ts';

/** How somebody sits at a console. */
export interface SittingParts {
  readonly seat: Seat;
  /** Looks on. */
  readonly view: boolean;
  /** Wants the pen from whoever has it. */
  readonly take: boolean;
  /** Begins an escape; undefined: there are none. */
  readonly mark: string | undefined;
  /** A script that has said everything leaves when nothing has come for so long, ms. */
  readonly lingerMs: number;
  leave(): void;
}

/** A person, or a script, at a console. */
export interface Sitting extends Pick<HoldParts, 'data' | 'message' | 'onDoor' | 'onLost'> {
  tell(text: string | undefined): void;
  /** Why it ended, where that was nobody's wish. */
  readonly failure: Error | undefined;
}

/** Connects keyboard and screen, or the pipes of a script, with a console. */
export function sitDown({ io, options: { quiet } }: Context, parts: SittingParts): Sitting {
  const { seat, view, mark } = parts;
  const { stdin, stdout } = io;
  const presence = createPresence(mark);
  let door: Door | undefined;
  let lost = false;
  let inputEnded = view;
  let silence: NodeJS.Timeout | undefined;
  let toldNoPen = false;
  let failure: Error | undefined;

  /** In raw mode a line needs its own carriage return, and must not stick to what the console says. */
  const tell = (text: string | undefined) => {
    if (text === undefined || quiet) return;
    io.stderr.write(seat.interactive ? `\r\n[consolemesh] ${text}\r\n` : `[consolemesh] ${text}\n`);
  };
  const awaitSilence = () => {
    if (!inputEnded || view) return;
    clearTimeout(silence);
    silence = setTimeout(parts.leave, parts.lingerMs);
  };
  /** What a script says waits for the machine, and for the pen that was asked for; keys of a person may be escapes. */
  const listen = () => {
    if (view) return;
    const arrives = !lost && (presence.writes || !parts.take);
    if (door && (seat.interactive || arrives)) stdin.resume();
    else stdin.pause();
  };
  const wishes = wishesOf(presence, { tell, mark, leave: parts.leave, door: () => door });

  function take(step: Step): void {
    if ('wish' in step) wishes[step.wish]();
    else if (presence.writes) {
      if (door?.type(step.send) === false) stdin.pause();
    } else if (seat.interactive) {
      // Once, not for every key.
      if (!toldNoPen) tell(`you do not write${mark ? `; ${mark}p asks for the pen, ${mark}P takes it` : ''}`);
      toldNoPen = true;
    } else if (!failure) {
      failure = notWriting(presence);
      parts.leave();
    }
  }

  function tellSize(): void {
    if (seat.size && !view) door?.say({ type: 'resize', ...seat.size });
  }

  if (!view) {
    const read = createEscapes(mark);
    stdin.pause();
    stdin.on('data', (typed: Buffer | string) => {
      for (const step of read(Buffer.from(typed as Buffer))) take(step);
    });
    stdin.once('end', () => {
      inputEnded = true;
      awaitSilence();
    });
  }
  seat.onResize = tellSize;
  if (stdout instanceof Writable) stdout.on('drain', () => door?.resume());

  return {
    tell,
    get failure() {
      return failure;
    },
    data(bytes) {
      if (stdout.write(bytes) === false && stdout instanceof Writable) door?.pause();
      awaitSilence();
    },
    message(message: DoorMessage) {
      const wrote = presence.holds;
      tell(presence.hear(message));
      if (message.type === 'upstream') lost = message.state === 'lost';
      if (message.type === 'opened') lost = false;
      if (message.type === 'pen') {
        toldNoPen = false;
        // The line is as large as the terminal of whoever writes.
        if (presence.holds && !wrote) tellSize();
      }
      if (message.type === 'opened') {
        if (parts.take && !presence.writes) door?.say({ type: 'pen', action: 'take' });
        awaitSilence();
      }
      if (message.type === 'opened' || message.type === 'pen' || message.type === 'upstream') listen();
    },
    onDoor(opened) {
      door = opened;
      door.onWritten = listen;
      seat.clear();
    },
    onLost(message) {
      door = undefined;
      listen();
      tell(`${message} Trying again.`);
    },
  };
}

/** What each escape does. */
function wishesOf(
  presence: Presence,
  at: {
    tell(text: string): void;
    mark: string | undefined;
    leave(): void;
    door(): Door | undefined;
  },
): Readonly<Record<Wish, () => void>> {
  const say = (message: object) => at.door()?.say(message);
  return {
    quit: at.leave,
    break: () => say({ type: 'break' }),
    ask: () => say({ type: 'pen', action: 'ask' }),
    take: () => say({ type: 'pen', action: 'take' }),
    give: () => {
      if (presence.asker === undefined) at.tell('nobody asked for the pen');
      else say({ type: 'pen', action: 'give', session: presence.asker });
    },
    who: () => at.tell(presence.who().join(', ')),
    help: () => at.tell(escapeHelp(at.mark ?? '~').join('\r\n')),
  };
}

function notWriting({ writer }: Presence): CommandError {
  return new CommandError(`${writer} writes on this console: what is said here would go nowhere`, {
    ...{ reason: 'CONSOLE_IN_USE', exitCode: 5 },
    hint: 'Take the pen with --take, or only look on with --view.',
  });
}
