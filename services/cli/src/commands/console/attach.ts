import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { doorAddress } from '../../attach/door-address.ts';
import { holdConsole } from '../../attach/hold-console.ts';
import { sitDown } from '../../attach/sit-down.ts';
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
  const mark = escapeOf(options.escape, options.view !== true && io.stdin.isTTY === true);

  using seat = takeTerminal(io, options.view === true);
  const left = new AbortController();
  const { view = false, take = false } = options;
  const user = sitDown(context, { seat, view, take, mark, lingerMs, leave: () => left.abort() });
  await holdConsole({
    address,
    words: () => wordsOf(options, seat),
    async token() {
      const { token } = asked ?? (await ask());
      asked = undefined;
      return token;
    },
    signal: AbortSignal.any([io.stop(), left.signal]),
    data: user.data,
    message: user.message,
    onDoor: user.onDoor,
    onLost: user.onLost,
  });
  if (user.failure) throw user.failure;
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
