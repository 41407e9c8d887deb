import { Writable } from 'node:stream';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { doorAddress } from '../../attach/door-address.ts';
import { createEscapes, escapeHelp, type Step, type Wish } from '../../attach/escapes.ts';
import { holdConsole } from '../../attach/hold-console.ts';
import type { Door } from '../../attach/open-door.ts';
import { createPresence } from '../../attach/presence.ts';
import { type Seat, takeTerminal } from '../../attach/terminal.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../exit-codes.ts';
import { readDuration } from '../../read-duration.ts';

/** How to attach. */
interface AttachOptions {
  readonly view?: boolean;
  readonly take?: boolean;
  readonly escape?: string;
  readonly linger?: string;
  readonly door?: string;
  readonly doorCa?: string;
}

/** Opens the serial console of a node in this terminal, or between the pipes of a script. */
export async function attachConsole(context: Context, options: AttachOptions, node: string): Promise<void> {
  const { io } = context;
  const lingerMs = readDuration('--linger', options.linger) ?? 1_000;
  const { consoles } = await context.conductor();
  const role = options.view ? Role.VIEW : Role.CONTROL;
  const ask = () => consoles.createConsoleUrl({ node, kind: ConsoleKind.SERIAL, role });
  let asked: Awaited<ReturnType<typeof ask>> | undefined = await ask();
  const { CONSOLEMESH_LINE_DOOR: door, CONSOLEMESH_LINE_DOOR_CA_FILE: ca } = io.env;
  const address = doorAddress(
    options.door ?? (door || undefined),
    options.doorCa ?? (ca || undefined),
    asked.url,
  );
  const interactive = options.view !== true && io.stdin.isTTY === true;
  const mark = escapeOf(options.escape, interactive);

  using seat = takeTerminal(io, options.view === true);
  const left = new AbortController();
  const user = sitDown(context, { options, seat, mark, lingerMs, leave: () => left.abort() });
  await holdConsole({
    address,
    words: () => wordsOf(options, seat),
    async token() {
      const { token } = asked ?? (await ask());
      asked = undefined;
      return token;
    },
    signal: AbortSignal.any([io.stop(), left.signal]),
    ...user,
  });
  user.tell('left');
}

function wordsOf({ view, take }: AttachOptions, { size }: Seat): string {
  const words = [
    view ? 'role=view' : 'role=control',
    ...(size ? [`size=${Math.min(size.columns, 1000)}x${Math.min(size.rows, 1000)}`] : []),
    ...(take ? ['takeover=yes'] : []),
  ];
  return words.join(' ');
}

/** In a pipe nothing is an escape unless it is asked for. */
function escapeOf(given: string | undefined, interactive: boolean): string | undefined {
  if (given === undefined) return interactive ? '~' : undefined;
  if (given === 'none') return undefined;
  if (/^[!-~]$/.test(given)) return given;
  throw new UsageError(`--escape ${given}: expected one character such as ~, or none`);
}

/** What the person, or the script, sees and does. */
function sitDown(
  context: Context,
  given: {
    options: AttachOptions;
    seat: Seat;
    mark: string | undefined;
    lingerMs: number;
    leave: () => void;
  },
) {
  const { io } = context;
  const { options, seat, mark, lingerMs, leave } = given;
  const presence = createPresence(mark);
  const read = createEscapes(mark);
  const { stdin, stdout } = io;
  let door: Door | undefined;
  let inputEnded = options.view === true;
  let silence: NodeJS.Timeout | undefined;
  let toldNoPen = false;

  /** In raw mode a line needs its own carriage return, and must not stick to what the console says. */
  const tell = (text: string | undefined) => {
    if (text === undefined || context.options.quiet) return;
    io.stderr.write(seat.interactive ? `\r\n[consolemesh] ${text}\r\n` : `[consolemesh] ${text}\n`);
  };
  /** A script that has said everything leaves when the machine has nothing to say any more. */
  const awaitSilence = () => {
    if (!inputEnded || options.view) return;
    clearTimeout(silence);
    silence = setTimeout(leave, lingerMs);
  };

  const wishes: Readonly<Record<Wish, () => void>> = {
    quit: leave,
    break: () => door?.say({ type: 'break' }),
    ask: () => door?.say({ type: 'pen', action: 'ask' }),
    take: () => door?.say({ type: 'pen', action: 'take' }),
    give: () => {
      if (presence.asker === undefined) tell('nobody asked for the pen');
      else door?.say({ type: 'pen', action: 'give', session: presence.asker });
    },
    who: () => tell(presence.who().join(', ')),
    help: () => tell(escapeHelp(mark ?? '~').join('\r\n')),
  };
  const take = (step: Step) => {
    if ('wish' in step) return wishes[step.wish]();
    if (presence.writes) {
      if (door?.type(step.send) === false) stdin.pause();
      return;
    }
    // Once, not for every key.
    if (!toldNoPen) tell(`you do not write${mark ? `; ${mark}p asks for the pen, ${mark}P takes it` : ''}`);
    toldNoPen = true;
  };

  if (!options.view) {
    stdin.pause();
    stdin.on('data', (typed: Buffer | string) => {
      for (const step of read(Buffer.from(typed as Buffer))) take(step);
    });
    stdin.once('end', () => {
      inputEnded = true;
      awaitSilence();
    });
  }
  seat.onResize = () => {
    if (seat.size && !options.view) door?.say({ type: 'resize', ...seat.size });
  };
  if (stdout instanceof Writable) stdout.on('drain', () => door?.resume());

  return {
    tell,
    data(bytes: Buffer) {
      if (stdout.write(bytes) === false && stdout instanceof Writable) door?.pause();
      awaitSilence();
    },
    message(message: Parameters<typeof presence.hear>[0]) {
      tell(presence.hear(message));
      if (message.type === 'pen') toldNoPen = false;
      if (message.type !== 'opened') return;
      if (options.take && !presence.writes) door?.say({ type: 'pen', action: 'take' });
      if (!options.view) stdin.resume();
      awaitSilence();
    },
    onDoor(opened: Door) {
      door = opened;
      door.onWritten = () => void (options.view || stdin.resume());
      seat.clear();
    },
    onLost(message: string) {
      door = undefined;
      if (!options.view) stdin.pause();
      tell(`${message} Trying again.`);
    },
  };
}
