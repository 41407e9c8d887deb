import { randomUUID } from 'node:crypto';
import type { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import type { ConsoleCall, Driver, EndpointKind, OpenedLine, Started } from '../driver.ts';
import { systemClock } from '../hub/clock.ts';
import { createHub, type Hub } from '../hub/hub.ts';
import type { LineObserver } from '../hub/taps.ts';
import { openTcpStream } from '../open-tcp-stream.ts';
import { isRecorded } from '../record/console-log-option.ts';
import type { ConsoleLogs } from '../record/open-console-logs.ts';
import { secretsOf, withoutSecrets } from '../without-secrets.ts';
import { type Incarnation, rememberState } from './incarnation.ts';
import type { Reach } from './reach.ts';
import { countLosses } from './watch-lines.ts';

/** Clients that may share a line when its driver does not say. */
const defaultViewers = 32;

/** What a relay can be made of. */
type Relayable = Exclude<Started, { kind: 'container' }>;

/** Whether the clients of a relay share one line: those of every serial console, but where its driver wants to open a stream for each. */
export function sharesLine(started: Relayable, { kind }: ConsoleCall, driver: Driver): boolean {
  return kind === 'serial' && (started.kind === 'tcp' || driver.openLine !== undefined);
}

/** Clients that may be attached at once to what was chosen. */
export function placesOf(
  started: Relayable,
  chosen: EndpointKind,
  call: ConsoleCall,
  driver: Driver,
): number {
  if (chosen !== 'relay' || !sharesLine(started, call, driver)) return started.maxSessions ?? 1;
  return (started.kind === 'relay' ? started.maxViewers : undefined) ?? defaultViewers;
}

/** Its viewers read why a break was not sent. Asks in the caller's turn: what is typed next comes behind it. */
function withoutItsSecrets(sendBreak: () => Promise<void>, { node }: ConsoleCall): () => Promise<void> {
  return async () => {
    try {
      await sendBreak();
    } catch (error) {
      throw withoutSecrets(error, secretsOf(node));
    }
  };
}

/** The hub of a serial console: its driver opens the line, with the breaker around it. */
export function shareLine(parts: {
  /** Name of the driver. */
  readonly name: string;
  readonly driver: Driver;
  readonly logger: Logger;
  readonly now: () => number;
  readonly changed: (consoleId: string) => void;
  readonly observeLine?: ((console: ConsoleCall) => LineObserver | undefined) | undefined;
  readonly logs?: ConsoleLogs | undefined;
  readonly incarnation: Incarnation;
  readonly started: Relayable;
  readonly where: string;
  readonly reach: Reach;
}): Hub {
  const { driver, incarnation, started, where, reach, now } = parts;
  const { consoleId } = incarnation.call;
  // What the console's own password is refused by lasts until it is started anew, as for streams.
  const ownLogin = randomUUID();

  const remember = (state: Buffer) => {
    rememberState(incarnation, state);
    parts.changed(consoleId);
  };

  async function open(signal: AbortSignal, lost: MeshError | undefined): Promise<OpenedLine> {
    const { call } = incarnation;
    const openUpstream = () =>
      started.kind === 'tcp'
        ? openTcpStream('serial', started.address, undefined, signal)
        : driver.openLine!(call, signal, { lost, remember });
    const line: OpenedLine = await reach(call.node, openUpstream, { purpose: 'stream', ownLogin, signal });
    const sendBreak =
      line.sendBreak ?? (driver.sendBreak && (() => driver.sendBreak!(call, AbortSignal.timeout(30_000))));
    return { ...line, sendBreak: sendBreak && withoutItsSecrets(sendBreak, call) };
  }

  const logger = parts.logger.child({ console: consoleId });
  const recording = isRecorded(incarnation.call)
    ? parts.logs?.record(consoleId, incarnation.call.generation)
    : undefined;
  const countLoss = countLosses(parts.name);
  const hub = createHub({
    open,
    hold: recording ? 'always' : ((started.kind === 'relay' ? started.hold : undefined) ?? 'viewers'),
    lingerMs: started.kind === 'relay' ? started.lingerMs : undefined,
    where,
    logger,
    clock: { ...systemClock, now },
    random: Math.random,
    onLine(state) {
      const { kind } = state;
      countLoss(state);
      if (kind === 'ended') void recording?.end();
      if (kind !== 'open' && kind !== 'waiting' && kind !== 'refused') return;
      if (kind === 'open') logger.info({ where }, 'opened the serial line');
      else logger.info({ where, reason: state.why.reason }, 'the serial line is lost');
      // A line that is lost or back changes what watchers see.
      incarnation.lookedAt = 0;
      parts.changed(consoleId);
    },
  });
  const observer = parts.observeLine?.(incarnation.call);
  if (observer) hub.tap(observer);
  if (recording) hub.tap(recording.observer);
  return hub;
}
