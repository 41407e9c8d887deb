import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from '@consolemesh/contracts/health';
import {
  ChannelCredentials,
  Client,
  type ClientReadableStream,
  connectivityState,
  type experimental,
  status,
} from '@grpc/grpc-js';

/** What an instance says of itself; `unknown` until it has said something on the present connection. */
export type InstanceHealth = 'unknown' | 'serving' | 'not-serving';

/** What is known of the health of one instance. */
export interface HealthWatch {
  readonly health: InstanceHealth;
  /** Calls `listener` after each change until it is disposed; the instance is watched as long as somebody listens. */
  subscribe(listener: () => void): Disposable;
}

/** Times of a watch, ms. */
export interface HealthTimes {
  /** Longest wait for the first answer: an instance that takes connections and says nothing is not healthy. */
  readonly answerMs: number;
  /** Pause before a watch that broke is opened again: the first one and the longest; jittered, doubling. */
  readonly pauseMs: readonly [first: number, longest: number];
}

/** A connection to one address, which channels with the same target and settings share. */
export type RealSubchannel = ReturnType<experimental.SubchannelInterface['getRealSubchannel']>;

const watches = new WeakMap<RealSubchannel, HealthWatch>();

/** `UNIMPLEMENTED` as the specification says; whoever does not let us ask is not unhealthy for that either. */
const cannotBeAsked: ReadonlySet<number> = new Set([
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
]);

/**
 * The health of the server behind a connection, by grpc.health.v1 Watch of the empty name on that very connection; one watch for all who
 * ask. A stream that breaks means not serving until the next one has answered. Source: gRFC A17, "Client-side health checking".
 */
export function watchHealth(subchannel: RealSubchannel, times: HealthTimes): HealthWatch {
  const known = watches.get(subchannel) ?? createWatch(subchannel, times);
  watches.set(subchannel, known);
  return known;
}

function createWatch(subchannel: RealSubchannel, times: HealthTimes): HealthWatch {
  const listeners = new Set<() => void>();
  let health: InstanceHealth = 'unknown';
  let asked: Disposable | undefined;
  let running = false;

  const say = (next: InstanceHealth) => {
    if (next === health) return;
    health = next;
    for (const listener of [...listeners]) listener();
  };
  const hush = () => {
    asked?.[Symbol.dispose]();
    asked = undefined;
  };
  const onState = (_: unknown, __: unknown, state: connectivityState) => {
    hush();
    // On leaving READY, so that nobody takes the old answer for one of the next connection.
    if (state === connectivityState.READY) asked = keepAsking(subchannel, times, say);
    else say('unknown');
  };
  const begin = () => {
    running = true;
    // A connection that is let go while a stream opens on it would break grpc-js.
    subchannel.ref();
    subchannel.addConnectivityStateListener(onState);
    onState(undefined, undefined, subchannel.getConnectivityState());
  };
  const endIfUnused = () => {
    if (!running || listeners.size > 0) return;
    running = false;
    subchannel.removeConnectivityStateListener(onState);
    hush();
    health = 'unknown';
    setImmediate(() => subchannel.unref());
  };

  return {
    get health() {
      return health;
    },
    subscribe(listener) {
      // Of its own, so that one function may listen twice.
      const own = () => listener();
      listeners.add(own);
      if (!running) begin();
      return {
        [Symbol.dispose]() {
          // Not at once: a new list of addresses lets all connections go and takes most of them again.
          if (listeners.delete(own)) setImmediate(endIfUnused);
        },
      };
    },
  };
}

/** Opens one stream after the other on a connection that stands, until it is disposed. */
function keepAsking(
  subchannel: RealSubchannel,
  times: HealthTimes,
  say: (health: InstanceHealth) => void,
): Disposable {
  const [firstPause, longestPause] = times.pauseMs;
  const client = new Client('unused', ChannelCredentials.createInsecure(), {
    channelOverride: subchannel.getChannel(),
  });
  let pause = firstPause;
  let timer: NodeJS.Timeout | undefined;
  let stream: ClientReadableStream<HealthCheckResponse> | undefined;

  function ask(): void {
    const mine = openWatch(client);
    stream = mine;
    timer = setTimeout(() => over(status.DEADLINE_EXCEEDED), times.answerMs).unref();
    mine.on('data', (answer) => {
      if (stream !== mine) return;
      clearTimeout(timer);
      pause = firstPause;
      say(answer.status === Serving.SERVING ? 'serving' : 'not-serving');
    });
    mine.on('error', () => {});
    mine.on('status', ({ code }) => stream === mine && over(code));
  }
  function over(code: number): void {
    drop();
    say(cannotBeAsked.has(code) ? 'serving' : 'not-serving');
    if (cannotBeAsked.has(code)) return;
    timer = setTimeout(ask, pause * (0.8 + 0.4 * Math.random())).unref();
    pause = Math.min(pause * 2, longestPause);
  }
  function drop(): void {
    clearTimeout(timer);
    const open = stream;
    stream = undefined;
    if (!open) return;
    open.cancel();
    // Cancelled in the turn of its making, the first word is lost: grpc-js creates the stream some microtasks later.
    setImmediate(() => open.cancel());
  }

  ask();
  return { [Symbol.dispose]: drop };
}

function openWatch(client: Client): ClientReadableStream<HealthCheckResponse> {
  return client.makeServerStreamRequest(
    '/grpc.health.v1.Health/Watch',
    (request: HealthCheckRequest) => Buffer.from(HealthCheckRequest.encode(request).finish()),
    (bytes) => HealthCheckResponse.decode(bytes),
    { service: '' },
  );
}
