import { EventEmitter, once } from 'node:events';
import {
  type Admission,
  type KeepSessionsRequest,
  type KeepSessionsResponse,
  type OpenSessionRequest,
  type OpenSessionResponse,
  type ReadSessionLogRequest,
  type ReadSessionLogResponse,
  SessionServiceDefinition,
  type SessionServiceImplementation,
} from '@consolemesh/contracts/conductor';
import type { Endpoint } from '@consolemesh/contracts/types';
import type { MeshError } from '@consolemesh/errors';
import { bind, plaintext, serve, silentLogger, toTimestamp } from '@consolemesh/mesh';
import { createBroadcast } from './broadcast.ts';

/** A conductor in memory that admits everybody to one endpoint, or answers what a test wants. */
export interface FakeConductor extends AsyncDisposable {
  readonly target: string;
  readonly port: number;
  /** Where admitted sessions are sent. */
  endpoint: Endpoint;
  unverifiedTls: boolean;
  /** Answers the next OpenSession calls, one each, before admitting again. */
  readonly answers: (OpenSessionResponse | MeshError)[];
  /** What was asked. */
  readonly asked: OpenSessionRequest[];
  /** What ReadSessionLog says; nothing unless a test wants it. */
  log: (
    request: ReadSessionLogRequest,
    signal: AbortSignal,
  ) => AsyncIterable<LogAnswer> | Iterable<LogAnswer>;
  /** Everything that came by KeepSessions, heartbeats left out. */
  readonly heard: NonNullable<KeepSessionsRequest['notice']>[];
  /** Tells the proxies. */
  tell(message: KeepSessionsResponse): void;
  /** Resolves with the next notice of KeepSessions that `matches`, looking at what came already first. */
  hears<K extends NonNullable<KeepSessionsRequest['notice']>['$case']>(
    kind: K,
  ): Promise<Extract<NonNullable<KeepSessionsRequest['notice']>, { $case: K }>['value']>;
}

/** A piece of a log. */
export type LogAnswer = Partial<ReadSessionLogResponse>;

/** Starts one on a loopback port. */
export async function startFakeConductor(options: {
  endpoint: Endpoint;
  port?: number;
}): Promise<FakeConductor> {
  const { port = 0 } = options;
  const told = createBroadcast<KeepSessionsResponse>();
  const events = new EventEmitter().setMaxListeners(0);
  const asked: OpenSessionRequest[] = [];
  const answers: (OpenSessionResponse | MeshError)[] = [];
  const heard: NonNullable<KeepSessionsRequest['notice']>[] = [];

  const implementation: Partial<SessionServiceImplementation> = {
    async openSession(request) {
      asked.push(request);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      if (answer) return answer;
      const sessionId = request.grant?.payload.toString() ?? '';
      return { outcome: { $case: 'admission', value: admissionOf(sessionId, conductor) } };
    },
    async *readSessionLog(request, { signal }) {
      yield* conductor.log(request, signal) as AsyncIterable<ReadSessionLogResponse>;
    },
    async *keepSessions(requests, { signal }) {
      const messages = told.listen(signal);
      void (async () => {
        for await (const { notice } of requests) {
          if (!notice || notice.$case === 'heartbeat') continue;
          heard.push(notice);
          events.emit('heard');
        }
      })().catch(() => {});
      yield { notice: { $case: 'heartbeat', value: {} } };
      yield* messages;
    },
  };
  const server = await serve({
    listen: { host: '127.0.0.1', port },
    trust: plaintext,
    logger: silentLogger,
    services: [bind(SessionServiceDefinition, implementation as SessionServiceImplementation)],
    drainMs: 100,
  });
  const beat = setInterval(() => told.send({ notice: { $case: 'heartbeat', value: {} } }), 2_000);
  beat.unref();
  const consumed = new Set<unknown>();
  const conductor: FakeConductor = {
    target: server.target,
    port: server.port,
    endpoint: options.endpoint,
    unverifiedTls: false,
    answers,
    asked,
    log: () => [],
    heard,
    tell: (message) => told.send(message),
    async hears(kind) {
      for (;;) {
        const found = heard.find((notice) => notice.$case === kind && !consumed.has(notice));
        if (found) {
          consumed.add(found);
          return found.value as never;
        }
        await once(events, 'heard', { signal: AbortSignal.timeout(10_000) });
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await server[Symbol.asyncDispose]();
    },
  };
  return conductor;
}

function admissionOf(sessionId: string, { endpoint, unverifiedTls }: FakeConductor): Admission {
  return {
    session: {
      id: sessionId,
      key: { consoleId: 'console-1', generation: 1n },
      nodeName: 'node-1',
      kind: 1,
      role: 1,
      subject: 'alice',
      proxyId: '',
      state: 1,
      openedAt: toTimestamp(Date.now()),
      expiresAt: undefined,
      end: undefined,
    },
    endpoint,
    ticket: Buffer.from('ticket'),
    unverifiedTls,
    consoleTrace: '',
  };
}
