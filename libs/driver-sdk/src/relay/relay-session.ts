import type { Duplex } from 'node:stream';
import { type PipeResult, pipe, type Relay } from '@consolemesh/bytes';
import type { AttachEvent, AttachRequest, AttachResponse, Viewer } from '@consolemesh/contracts/stream';
import { MeshError, type Reason } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import { acceptClient, connectToServer, createClientFilter, type RfbUpstream } from '@consolemesh/rfb';
import { bmcError } from '../bmc-error.ts';
import type { OpenedStream, StreamCall } from '../driver.ts';
import { roles } from '../words.ts';
import { type Control, createClientStream } from './client-stream.ts';
import { createOutbox } from './outbox.ts';
import type { StreamPerClient } from './relayed-console.ts';

type Event = NonNullable<AttachEvent['event']>;

/** One client on its way through the relay. */
export interface RelaySession {
  readonly client: StreamCall;
  /** Whether this client writes at present. */
  readonly hasPen: boolean;
  /** Opens the upstream and ends the handshake with it. Throws MeshError. */
  connect(signal: AbortSignal): Promise<void>;
  /** Frames to the client: `opened` first, `closing` last unless the client left. */
  run(
    requests: AsyncIterator<AttachRequest>,
    viewers: Viewer[],
    signal: AbortSignal,
  ): AsyncGenerator<AttachResponse>;
  /** Queues a notice. */
  notify(event: Event): void;
  /** Ends it; resolves when its upstream is closed. The first reason counts. */
  end(reason: Reason, message?: string): Promise<void>;
  readonly ended: Promise<void>;
}

/** How long opening an upstream may take, ms. */
const connectTimeoutMs = 20_000;

/** A session that is not connected yet. */
export function relaySession(console: StreamPerClient, client: StreamCall, logger: Logger): RelaySession {
  const outbox = createOutbox();
  const life = new AbortController();
  const log = logger.child({ console: console.consoleId, session: client.sessionId });
  let upstream: OpenedStream | undefined;
  let screen: RfbUpstream | undefined;
  let relay: Relay | undefined;
  let closing: { reason: Reason; message: string } | undefined;
  let opened = false;
  let finish = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const line = () => screen?.stream ?? upstream?.stream;

  function onControl(control: Control): void {
    if (control.$case === 'break') return void breakLine();
    if (client.role !== 'control') return;
    if (control.$case === 'resize') {
      const { columns, rows } = control.value;
      if (columns >= 1 && columns <= 1000 && rows >= 1 && rows <= 1000) upstream?.resize?.(columns, rows);
    }
  }

  /** A screen has no breaks; of a serial line it is said why there was none. */
  async function breakLine(): Promise<void> {
    if (console.kind !== 'serial') return;
    try {
      if (client.role !== 'control') throw new MeshError('PERMISSION_DENIED', 'You may only watch.');
      if (!console.sendBreak) throw new MeshError('CAPABILITY_MISSING', `${console.where} takes no break.`);
      await console.sendBreak(life.signal);
    } catch (error) {
      log.warn({ err: error }, 'a break was not sent');
      const { reason, message } = error instanceof MeshError ? error : new MeshError('INTERNAL');
      if (!life.signal.aborted) outbox.event({ $case: 'refused', value: { reason, message } });
    }
  }

  /** From `opened` on: the handshake toward the client, then bytes both ways until one side ends. */
  async function carry(near: Duplex, far: Duplex): Promise<void> {
    if (screen) {
      try {
        await acceptClient(near, { signal: life.signal });
      } catch (error) {
        closing ??= clientFault(near.errored ?? error);
        far.destroy();
        return;
      }
      near.write(screen.initBytes);
    }
    relay = pipe(near, far, { signal: life.signal, ...inputGuard() });
    const result = await relay.done;
    closing ??= closingOf(result, console.where);
  }

  /** Viewers send no input. The proxies see to that already; the holder does not rely on it. */
  function inputGuard() {
    if (client.role === 'control') return {};
    if (!screen) return { transformAToB: () => Buffer.alloc(0) };
    const filter = createClientFilter({ viewOnly: true });
    return { transformAToB: (chunk: Buffer) => filter.push(chunk) };
  }

  return {
    client,
    // Everybody has an upstream of their own here.
    hasPen: client.role === 'control',
    ended,
    async connect(signal) {
      const timeout = AbortSignal.timeout(connectTimeoutMs);
      const limit = AbortSignal.any([signal, life.signal, timeout]);
      try {
        upstream = await console.open(client, limit);
        // Until the relay listens, an upstream that breaks must not end the process.
        upstream.stream.on('error', () => {});
        if (console.kind !== 'graphical') return;
        const rfb = upstream.rfb ?? { allowedSecurity: ['None'] };
        screen = await connectToServer(upstream.stream, {
          ...rfb,
          stopAfterAuthentication: false,
          signal: limit,
        });
        screen.stream.on('error', () => {});
      } catch (error) {
        upstream?.stream.destroy();
        if (closing) throw new MeshError(closing.reason, closing.message);
        if (timeout.aborted)
          throw new MeshError('BMC_TIMEOUT', `${console.where} did not answer in time.`, { cause: error });
        throw bmcError(error, console.where);
      }
    },
    async *run(requests, viewers, signal) {
      const far = line();
      if (!far) throw new Error('run before connect');
      const near = createClientStream(requests, outbox, onControl);
      near.on('error', () => {});
      const stop = () => life.abort();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      opened = true;
      outbox.event({
        $case: 'opened',
        value: { sessionId: client.sessionId, role: roles.number(client.role), viewers },
      });
      const work = carry(near, far).finally(() => {
        near.destroy();
        if (closing) outbox.event({ $case: 'closing', value: closing });
        outbox.close();
      });
      try {
        yield* outbox.frames();
      } finally {
        signal.removeEventListener('abort', stop);
        life.abort();
        outbox.close();
        await work.catch((error: unknown) => log.warn({ err: error }, 'a relay failed'));
      }
    },
    notify(event) {
      // Before `opened`, which is always the first, a client is told nothing: `opened` names everybody who is there by then.
      if (opened) outbox.event(event);
    },
    async end(reason, message = new MeshError(reason).message) {
      closing ??= { reason, message };
      life.abort();
      if (!relay) line()?.destroy();
      await relay?.done;
      finish();
    },
  };
}

/** Why a relay ended, for the client; undefined when the client itself has left. */
function closingOf(result: PipeResult, where: string): { reason: Reason; message: string } | undefined {
  if (result.error instanceof MeshError)
    return { reason: result.error.reason, message: result.error.message };
  if (result.endedFirst === 'a') return result.why === 'error' ? clientFault(result.error) : undefined;
  if (result.endedFirst === 'us') return undefined;
  const orderly = result.why === 'end';
  return orderly
    ? { reason: 'UPSTREAM_CLOSED', message: `${where} closed the connection.` }
    : { reason: 'UPSTREAM_LOST', message: `The connection to ${where} broke.` };
}

/** What the client did wrong; undefined when it has left. */
function clientFault(error: unknown): { reason: Reason; message: string } | undefined {
  if (error instanceof MeshError) return { reason: error.reason, message: error.message };
  // A client whose stream ended in the middle has left; anything else that it did wrong is said.
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'TIMEOUT')
    return { reason: 'HANDSHAKE_TIMEOUT', message: 'The client did not speak in time.' };
  if (code === 'PROTOCOL_VIOLATION' || code === 'NOT_RFB' || code === 'LIMIT_EXCEEDED') {
    return { reason: 'PROTOCOL_VIOLATION', message: (error as Error).message };
  }
  return undefined;
}
