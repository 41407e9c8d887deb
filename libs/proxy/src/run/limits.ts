import type { Rate } from '../session/rate-limit.ts';

/** Bounds of a proxy; times in ms. */
export interface ProxyLimits {
  readonly maxSessions: number;
  readonly maxConnections: number;
  readonly maxListeners: number;
  readonly openings: Rate;
  readonly maxFrameBytes: number;
  /** How long a client may take to say what it wants. */
  readonly handshakeMs: number;
  /** How long reaching the machine may take. */
  readonly connectMs: number;
  /** How long a client may look at "in use" without an answer. */
  readonly inUseMs: number;
  /** How long an opening waits for a conductor that is away. */
  readonly conductorWaitMs: number;
  /** Without input; 0 = for ever. */
  readonly idleMs: number;
  readonly idleWarningMs: number;
  /** Longest session; 0 = as the token service says. */
  readonly longestMs: number;
  readonly pingMs: number;
  readonly deadMs: number;
  readonly headersMs: number;
  readonly drainMs: number;
}

/** What holds unless a setting says otherwise. */
export const defaultLimits: ProxyLimits = {
  maxSessions: 2_000,
  maxConnections: 5_000,
  maxListeners: 64,
  openings: { burst: 30, perSecond: 2 },
  maxFrameBytes: 1024 * 1024,
  handshakeMs: 10_000,
  connectMs: 15_000,
  inUseMs: 120_000,
  conductorWaitMs: 3_000,
  idleMs: 0,
  idleWarningMs: 120_000,
  longestMs: 0,
  pingMs: 15_000,
  deadMs: 45_000,
  headersMs: 10_000,
  drainMs: 0,
};
