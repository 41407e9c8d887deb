import type { Duplex } from 'node:stream';
import { refuseClient } from '@consolemesh/rfb';
import { type Clock, systemClock } from '../../clock.ts';
import type { IdracVncSettings } from '../vnc-settings.ts';
import { countFailures } from './count-failures.ts';
import { type Listening, listenForViewers, tlsOptions } from './listen-for-viewers.ts';
import type { IdracVncMisbehaviour } from './misbehaviour.ts';
import type { ScreenSource } from './screen-source.ts';
import { type IdracDesk, serveIdracViewer } from './serve-idrac-viewer.ts';

export interface IdracVncOptions {
  screen: ScreenSource;
  /** Where it listens. */
  host: string;
  /** What it goes by at first. */
  settings: IdracVncSettings;
  /** Key and certificate in PEM, for settings with TLS. */
  tls: { readonly key: string; readonly cert: string };
  /**
   * 8 (and before): 16 bits a pixel, and no picture for a viewer whose list of encodings begins with CopyRect, Tight or
   * TightPNG. 9: 32 bits, and every list is borne. 8 unless told.
   */
  generation?: '8' | '9' | undefined;
  clock?: Clock | undefined;
  misbehave?: IdracVncMisbehaviour | undefined;
  /** Told how many viewers are past the handshake, whenever one comes or goes. */
  onSessions?: ((sessions: number) => void) | undefined;
  /** Told what a viewer did wrong, in one line without secrets. */
  onProblem?: ((text: string) => void) | undefined;
}

/** The VNC server of one iDRAC. */
export interface IdracVnc extends AsyncDisposable {
  /**
   * Follows changed attributes. Disabling ends every viewer; another port, TLS or encryption ends them and starts anew;
   * password, timeout and sessions count from now on. Calls are done one after another.
   * @throws when the port cannot be listened on; nothing is listened on then
   */
  apply(settings: IdracVncSettings): Promise<void>;
  /** Viewers past the handshake. */
  readonly sessions: number;
  /** Where it listens; undefined while it does not. */
  readonly port: number | undefined;
  /** Requests for a picture that were left without an answer so far. */
  readonly starvedRequests: number;
  /** Connections from now on hear nothing, until it is disabled and enabled again. */
  wedge(): void;
  /** Hangs up on everybody, in the middle of whatever it is. */
  dropViewers(): void;
}

/** @throws when it is enabled and its port cannot be listened on */
export async function startIdracVnc(options: IdracVncOptions): Promise<IdracVnc> {
  const { clock = systemClock, misbehave = {}, generation = '8' } = options;
  const stop = new AbortController();
  const sessions = new Set<Duplex>();
  let settings: IdracVncSettings = { ...options.settings, enabled: false };
  let listening: Listening | undefined;
  let coming: Disposable | undefined;
  /** The port that was taken where a free one was asked for. */
  let givenPort = 0;
  let starvedRequests = 0;
  let ended = 0;
  let wedged = misbehave.wedgeAfter === 0;

  const onSession = (stream: Duplex, open: boolean) => {
    if (open) sessions.add(stream);
    else if (sessions.delete(stream)) ended++;
    if (!open && misbehave.wedgeAfter && ended >= misbehave.wedgeAfter) wedged = true;
    options.onSessions?.(sessions.size);
  };
  const onConnection = createDoorkeeper(options, {
    screen: options.screen,
    generation,
    clock,
    misbehave,
    failures: countFailures(clock, misbehave.lockout),
    signal: stop.signal,
    settings: () => settings,
    onSession,
    onStarved: () => starvedRequests++,
  });

  const shut = async () => {
    coming?.[Symbol.dispose]();
    coming = undefined;
    const closing = listening;
    listening = undefined;
    await closing?.[Symbol.asyncDispose]();
  };
  const open = async () => {
    if (misbehave.neverUp || stop.signal.aborted || !settings.enabled) return;
    const { tls, lowerEncryption: lower } = settings;
    listening = await listenForViewers({
      host: options.host,
      port: settings.port || givenPort,
      tls: tls ? tlsOptions(options.tls, { lower, old: misbehave.oldTls ?? false }) : undefined,
      mute: () => wedged,
      onConnection,
    });
    givenPort = listening.port;
  };
  const change = async (next: IdracVncSettings, late: number) => {
    const before = settings;
    settings = { ...next };
    if (!next.enabled) {
      if (before.enabled) wedged = false;
      ended = 0;
      return shut();
    }
    const port = listening?.port ?? before.port;
    const moved =
      (next.port !== 0 && next.port !== port) ||
      next.tls !== before.tls ||
      next.lowerEncryption !== before.lowerEncryption;
    const up = listening !== undefined || coming !== undefined;
    if (before.enabled && up && !moved) return;
    await shut();
    if (!late) return open();
    coming = clock.after(late, () => {
      enqueue(open).catch((error: Error) => options.onProblem?.(error.message));
    });
  };
  let last: Promise<void> = Promise.resolve();
  const enqueue = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };

  await enqueue(() => change(options.settings, 0));
  return {
    apply: (next) => enqueue(() => change(next, settings.enabled ? 0 : (misbehave.lateMs ?? 0))),
    get sessions() {
      return sessions.size;
    },
    get port() {
      return listening?.port;
    },
    get starvedRequests() {
      return starvedRequests;
    },
    wedge() {
      wedged = true;
    },
    dropViewers: () => listening?.dropAll(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await enqueue(shut);
    },
  };
}

interface Desk extends Omit<IdracDesk, 'onSession'> {
  onSession(stream: Duplex, open: boolean): void;
}

/** Decides who comes in. */
function createDoorkeeper({ onProblem = () => {} }: IdracVncOptions, desk: Desk): (stream: Duplex) => void {
  const { clock, misbehave, failures, signal } = desk;
  /** Connections that take a place, also before the handshake is done. */
  const places = new Set<Duplex>();

  const converse = async (stream: Duplex): Promise<void> => {
    const { maxSessions } = desk.settings();
    const full = places.size >= maxSessions;
    if (full && misbehave.silentWhenFull) return void stream.resume();
    if (full) return refuseClient(stream, `Maximum number of sessions (${maxSessions}) reached`, { signal });
    if (failures.locked) return refuseClient(stream, 'Too many authentication failures', { signal });
    places.add(stream);
    stream.once('close', () => places.delete(stream));
    await delay(clock, misbehave.bannerDelayMs, signal);
    await serveIdracViewer(stream, { ...desk, onSession: (open) => desk.onSession(stream, open) });
  };
  return (stream) => {
    converse(stream).catch((error: Error) => {
      if (!signal.aborted) onProblem(error.message);
      stream.destroy();
    });
  };
}

function delay(clock: Clock, ms: number | undefined, signal: AbortSignal): Promise<void> {
  if (!ms || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      timer[Symbol.dispose]();
      resolve();
    });
  });
}
