import type { Logger } from '@consolemesh/mesh';
import type { Admitter } from '../admission/admit.ts';
import type { KeptSessions } from '../admission/keep-sessions.ts';
import type { RevocationWatch } from '../admission/watch-revocations.ts';
import type { ReadSessionLog } from '../log/read-session-log.ts';
import type { Connector } from './connector.ts';
import type { Counters } from './counters.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Registry } from './registry.ts';
import type { SessionTimes } from './watch-sessions.ts';

/** What opening and carrying sessions needs; made once for each proxy. */
export interface ProxyCore {
  readonly kind: 'graphical' | 'serial';
  readonly admitter: Admitter;
  readonly kept: KeptSessions;
  readonly revocations: RevocationWatch;
  readonly registry: Registry;
  readonly openings: RateLimit;
  readonly connect: Connector;
  /** Serial proxies only: the log of a session's line. */
  readonly readLog: ReadSessionLog;
  readonly counters: Counters;
  readonly times: SessionTimes & {
    /** How long a client may take to say what it wants. */
    readonly handshakeMs: number;
    /** How long a client may look at "in use" without an answer. */
    readonly inUseMs: number;
    /** How long reaching the machine may take, its handshake included. */
    readonly connectMs: number;
    /** How long an opening waits for a conductor that is away. */
    readonly conductorWaitMs: number;
  };
  readonly logger: Logger;
  readonly now: () => number;
}
