import { randomUUID } from 'node:crypto';
import type { Logger } from '@consolemesh/mesh';
import type { ConsoleCall, Driver, OpenedLine, Started } from '../driver.ts';
import { systemClock } from '../hub/clock.ts';
import { createHub, type Hub } from '../hub/hub.ts';
import type { LineObserver } from '../hub/taps.ts';
import type { ConsoleLife } from './console-life.ts';
import type { Incarnation } from './incarnation.ts';

/** Clients that may share a line when its driver does not say. */
const defaultViewers = 32;

/** Whether the clients of a console share one line. */
export function sharesLine(
  started: Started,
  { kind }: ConsoleCall,
  driver: Driver,
): started is Started & { kind: 'relay' } {
  return kind === 'serial' && started.kind === 'relay' && driver.openLine !== undefined;
}

/** Clients that may be attached at once. */
export function placesOf(
  started: Exclude<Started, { kind: 'container' }>,
  call: ConsoleCall,
  driver: Driver,
): number {
  if (sharesLine(started, call, driver)) return started.maxViewers ?? defaultViewers;
  return started.maxSessions ?? 1;
}

/** The hub of a serial console: its driver opens the line, with the breaker around it. */
export function shareLine(parts: {
  readonly driver: Driver;
  readonly logger: Logger;
  readonly now: () => number;
  readonly changed: (consoleId: string) => void;
  readonly observeLine?: ((console: ConsoleCall) => LineObserver | undefined) | undefined;
  readonly incarnation: Incarnation;
  readonly started: Started & { kind: 'relay' };
  readonly where: string;
  readonly reach: ConsoleLife['reach'];
}): Hub {
  const { driver, incarnation, started, where, reach, now } = parts;
  const { consoleId } = incarnation.call;
  // What the console's own password is refused by lasts until it is started anew, as for streams.
  const ownLogin = randomUUID();

  async function open(signal: AbortSignal): Promise<OpenedLine> {
    const { call } = incarnation;
    const options = { purpose: 'stream', ownLogin, signal } as const;
    const line = await reach(call.node, () => driver.openLine!(call, signal), options);
    if (line.sendBreak || !driver.sendBreak) return line;
    return { ...line, sendBreak: () => driver.sendBreak!(call, AbortSignal.timeout(30_000)) };
  }

  const hub = createHub({
    open,
    hold: started.hold ?? 'viewers',
    lingerMs: started.lingerMs,
    where,
    logger: parts.logger.child({ console: consoleId }),
    clock: { ...systemClock, now },
    random: Math.random,
    onLine({ kind }) {
      // A line that is lost or back changes what watchers see.
      if (kind !== 'open' && kind !== 'waiting' && kind !== 'refused') return;
      incarnation.lookedAt = 0;
      parts.changed(consoleId);
    },
  });
  const observer = parts.observeLine?.(incarnation.call);
  if (observer) hub.tap(observer);
  return hub;
}
