import { randomUUID } from 'node:crypto';
import type { StartConsoleResponse } from '@consolemesh/contracts/driver';
import { MeshError, type Reason } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import { bmcError } from '../bmc-error.ts';
import { type Breaker, fingerprintOf, type Login } from '../breaker.ts';
import { formatHostPort } from '../connect-tcp.ts';
import { ConsoleLost } from '../console-lost.ts';
import type {
  ConsoleCall,
  Driver,
  EndpointKind,
  LoginPurpose,
  Node,
  OpenedStream,
  Started,
  StreamCall,
  TlsToward,
} from '../driver.ts';
import { novaEndpoint, relayEndpoint, tcpEndpoint } from '../endpoints.ts';
import type { Ending, Life } from '../generation-gate.ts';
import type { LineObserver } from '../hub/taps.ts';
import { openTcpStream } from '../open-tcp-stream.ts';
import { isRecorded } from '../record/console-log-option.ts';
import type { ConsoleLogs } from '../record/open-console-logs.ts';
import type { RelayDoor } from '../relay/relay-door.ts';
import { encodeState } from '../state-envelope.ts';
import { secretsOf, withoutSecrets } from '../without-secrets.ts';
import { endpointKinds } from '../words.ts';
import type { Incarnation } from './incarnation.ts';
import type { Reach, ReachOptions } from './reach.ts';
import { placesOf, shareLine, sharesLine } from './share-line.ts';
import { watchBmcCall } from './watch-bmc-call.ts';

/** What could not be restored when a console ended. */
export interface StopResult {
  readonly leftChanged: readonly string[];
}

/** How a driver's consoles begin, are looked at and end. */
export interface ConsoleLife extends Life<Incarnation, StopResult> {
  /** Looks at a started console and remembers what it saw. Never rejects but when the signal ends. */
  look(incarnation: Incarnation, signal: AbortSignal): Promise<void>;
  /** Runs a call to a machine with the breaker around it; its errors are in words, and without the node's secrets and these. */
  readonly reach: Reach;
  /** What is remembered of refused logins that a call for the `machine` does not present. Asks nobody. */
  refusals(node: Node): MeshError[];
}

/** Why the clients of a console that ends are sent away. */
const endingReasons: Readonly<Record<Ending, Reason>> = {
  stopped: 'CONSOLE_DISABLED',
  superseded: 'STALE_GENERATION',
  replaced: 'UPSTREAM_LOST',
  repeated: 'UPSTREAM_LOST',
};

/** Kinds of endpoint that a driver offers for a kind of console; any TCP endpoint can be relayed. */
export function offeredKinds(driver: Driver, kind: ConsoleCall['kind']): EndpointKind[] {
  const own = driver.consoles.find((console) => console.kind === kind)?.endpointKinds ?? [];
  return own.includes('tcp') && !own.includes('relay') ? [...own, 'relay'] : [...own];
}

/** The life of the consoles of one driver instance. */
export function createConsoleLife(parts: {
  /** Name of the driver. */
  name: string;
  driver: Driver;
  breaker: Breaker;
  door: RelayDoor;
  logger: Logger;
  target: () => string;
  changed: (consoleId: string) => void;
  now: () => number;
  observeLine?: ((console: ConsoleCall) => LineObserver | undefined) | undefined;
  logs?: ConsoleLogs | undefined;
}): ConsoleLife {
  const { name, driver, breaker, door, logger, now } = parts;

  const bmcOf = (node: Node) => driver.bmcOf?.(node) ?? node.id;

  async function reach<T>(node: Node, work: () => Promise<T>, options: ReachOptions = {}): Promise<T> {
    const { byHand = false, secret = '', purpose = 'machine', ownLogin, signal } = options;
    const logins = loginsOf(driver, node, purpose);
    if (logins.length === 0 && ownLogin !== undefined) logins.push({ field: '', fingerprint: ownLogin });
    const { fields } = driver;
    // Who only looks may have seen enough before every login was tried.
    const provesNothing = purpose === 'look';
    const call = async () => {
      try {
        return await work();
      } catch (error) {
        throw withoutSecrets(bmcError(error, node.name || node.id), [...secretsOf(node), secret]);
      }
    };
    // Inside the breaker: what it keeps from the machine is no call to it.
    return breaker.guard({ bmc: bmcOf(node), logins, fields, byHand, provesNothing, signal }, () =>
      watchBmcCall(name, call),
    );
  }

  function openFor(incarnation: Incarnation, started: Started) {
    // A start sets a password that is the console's own anew, so a refusal of it lasts until the next one.
    const ownLogin = randomUUID();
    return (client: StreamCall, signal: AbortSignal): Promise<OpenedStream> => {
      const open = () => {
        const { call } = incarnation;
        if (started.kind === 'tcp') return openTcpStream(call.kind, started.address, started.profile, signal);
        return driver.openStream!(call, client, signal);
      };
      return reach(incarnation.call.node, open, { purpose: 'stream', ownLogin, signal });
    };
  }

  function admitRelay(incarnation: Incarnation, started: Exclude<Started, { kind: 'container' }>): void {
    const { call } = incarnation;
    const { sendBreak } = driver;
    const relayed = {
      consoleId: call.consoleId,
      generation: call.generation,
      kind: call.kind,
      attachKey: incarnation.attachKey,
      maxSessions: placesOf(started, 'relay', call, driver),
      where:
        started.kind === 'tcp'
          ? formatHostPort(started.address.host, started.address.port)
          : call.node.name || call.node.id,
    };
    if (sharesLine(started, call, driver)) {
      const { where } = relayed;
      door.admit({ ...relayed, hub: shareLine({ ...parts, incarnation, started, where, reach }) });
      return;
    }
    door.admit({
      ...relayed,
      open: openFor(incarnation, started),
      sendBreak:
        sendBreak &&
        ((signal) => reach(call.node, () => sendBreak.call(driver, incarnation.call, signal), { signal })),
    });
  }

  function answerFor(started: Started, chosen: EndpointKind, call: ConsoleCall): StartConsoleResponse {
    const common = started.kind !== 'container' && {
      maxSessions: placesOf(started, chosen, call, driver),
      profile: call.kind === 'graphical' ? (started.profile ?? {}) : undefined,
    };
    const endpoints = !common
      ? []
      : chosen === 'tcp' && started.kind === 'tcp'
        ? [tcpEndpoint(started.address, common)]
        : [
            relayEndpoint(parts.target(), common, tlsOf(started)),
            ...(started.kind === 'relay' && started.nova ? [novaEndpoint(started.nova)] : []),
          ];
    const answer: StartConsoleResponse = {
      chosen: endpointKinds.number(chosen),
      why: started.why,
      endpoints,
      container:
        started.kind === 'container'
          ? { app: started.app, appInfo: JSON.stringify(started.appInfo) }
          : undefined,
      driverState: Buffer.alloc(0),
    };
    return { ...answer, driverState: encodeState({ answer, state: started.state ?? Buffer.alloc(0) }) };
  }

  async function look(incarnation: Incarnation, signal: AbortSignal): Promise<void> {
    const { call } = incarnation;
    incarnation.lookedAt = now();
    const line = door.hub(call.consoleId)?.line ?? { kind: 'idle' };
    // A line that is being opened has not shown anything yet; what was found before still holds.
    if (line.kind === 'opening' && !line.why) return;
    if ('why' in line && line.why) {
      incarnation.trouble = troubleOf(line.why, incarnation.trouble, now());
      return;
    }
    // Somebody looks at the screen right now: proof enough, and a probe could take the only place there is.
    if (line.kind === 'open' || door.sessions(call.consoleId) > 0 || !driver.check) {
      incarnation.trouble = undefined;
      return;
    }
    try {
      const secret = incarnation.consolePassword;
      await reach(call.node, () => driver.check!(call, signal), { secret, purpose: 'look', signal });
      incarnation.trouble = undefined;
    } catch (error) {
      signal.throwIfAborted();
      incarnation.trouble = troubleOf(error, incarnation.trouble, now());
    }
  }

  return {
    reach,
    refusals(node) {
      const tried = new Set(loginsOf(driver, node, 'machine').map(({ field }) => field));
      const others = (['start', 'look', 'stream'] as const).flatMap((p) => loginsOf(driver, node, p));
      const each = new Map(others.map((login) => [login.field, login]));
      return breaker.refusals(
        bmcOf(node),
        [...each.values()].filter(({ field }) => !tried.has(field)),
      );
    },

    async create(incarnation, signal) {
      const { call } = incarnation;
      // Only what goes through here can be recorded.
      const all = offeredKinds(driver, call.kind);
      const offered = isRecorded(call) ? all.filter((kind) => kind === 'relay') : all;
      const acceptable = incarnation.acceptable.filter((kind) => offered.includes(kind));
      if (acceptable.length === 0) throw unacceptable(offered, incarnation);
      const { consolePassword } = incarnation;
      const changed = () => {
        incarnation.lookedAt = 0;
        parts.changed(call.consoleId);
      };
      const started = await reach(
        call.node,
        () => driver.start({ ...call, acceptable, consolePassword, changed }, signal),
        { secret: consolePassword, purpose: 'start', signal },
      );
      const chosen = chooseKind(started, incarnation, driver);
      incarnation.started = started;
      incarnation.call = { ...call, state: started.state ?? Buffer.alloc(0) };
      incarnation.answer = answerFor(started, chosen, call);
      incarnation.trouble = undefined;
      incarnation.lookedAt = now();
      if (chosen === 'relay' && started.kind !== 'container') admitRelay(incarnation, started);
      logger.info({ console: call.consoleId, generation: call.generation, chosen }, 'started a console');
    },

    look,
    async verify(incarnation, signal) {
      await look(incarnation, signal);
      const line = door.hub(incarnation.call.consoleId)?.line;
      // A hub opens its line again by itself; making the console anew would only send everybody away and forget the screen.
      const mends = line?.kind === 'waiting' || line?.kind === 'opening';
      const { trouble } = incarnation;
      return trouble === undefined || (mends && !(trouble.error instanceof ConsoleLost));
    },

    async destroy(incarnation, why, signal) {
      const { call, consolePassword } = incarnation;
      await door.dismiss(call.consoleId, endingReasons[why]);
      const goesOn = why === 'repeated' && driver.startRepeats === true;
      const touches = driver.stop !== undefined && !goesOn && driver.nothingToStop?.(call) !== true;
      const stop = async () => driver.stop?.({ ...call, consolePassword }, signal);
      const ended = () =>
        driver.stopIsLocal ? stop() : reach(call.node, stop, { secret: consolePassword, signal });
      const result = touches && (await ended());
      logger.info({ console: call.consoleId, generation: call.generation, why }, 'stopped a console');
      return { leftChanged: (result || undefined)?.leftChanged ?? [] };
    },
  };
}

function tlsOf(started: Exclude<Started, { kind: 'container' }>): TlsToward | undefined {
  return started.kind === 'tcp' ? started.address.tls : started.tls;
}

function loginsOf(driver: Driver, node: Node, purpose: LoginPurpose): Login[] {
  const credentials = driver.credentialsOf?.(node, purpose) ?? { '': [node.info, node.secrets] };
  return Object.entries(credentials).map(([field, value]) => ({
    field,
    fingerprint: fingerprintOf([value]),
  }));
}

/** The trouble that an error stands for; one that lasts keeps its time. A machine that is busy with others is well. */
export function troubleOf(
  error: unknown,
  before: Incarnation['trouble'],
  at: number,
): Incarnation['trouble'] {
  const known = error instanceof MeshError ? error : new MeshError('INTERNAL', undefined, { cause: error });
  if (known.reason === 'BMC_BUSY') return undefined;
  const lasts = before?.error.reason === known.reason;
  return { error: known, at: lasts ? before.at : at };
}

function chooseKind(started: Started, { acceptable, call }: Incarnation, driver: Driver): EndpointKind {
  const { kind } = call;
  const made: readonly EndpointKind[] = started.kind === 'tcp' ? ['tcp', 'relay'] : [started.kind];
  const possible = made.filter((one) => one === 'relay' || !isRecorded(call));
  const chosen = acceptable.find((kind) => possible.includes(kind));
  const opens = driver.openStream ?? (kind === 'serial' ? driver.openLine : undefined);
  if (chosen === undefined || (started.kind === 'relay' && !opens)) {
    throw new MeshError(
      'PLUGIN_ANSWER_INVALID',
      `The driver answered ${started.kind}, which was not among ${acceptable.join(', ')}.`,
    );
  }
  return chosen;
}

function unacceptable(offered: readonly EndpointKind[], { excluded, acceptable }: Incarnation): MeshError {
  const why = excluded.map((e) => `${endpointKinds.word(e.kind) ?? e.kind} is out: ${e.why}`).join('; ');
  return new MeshError(
    'ENDPOINT_KIND_UNACCEPTABLE',
    `The driver offers ${offered.join(', ')}; acceptable here is ${acceptable.join(', ')}${why && ` (${why})`}.`,
  );
}
