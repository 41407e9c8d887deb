import type { Admission } from '@consolemesh/contracts/conductor';
import type { Link } from '../link/link.ts';
import type { Traffic } from '../link/relay.ts';
import type { End } from './end.ts';

/** What a connector is told about the session it connects. */
export interface ConnectContext {
  readonly sessionId: string;
  readonly role: 'control' | 'view';
  readonly traffic: Traffic;
  /** Fires when the session is over or connecting takes too long. */
  readonly signal: AbortSignal;
  /** The user did something. */
  onInput(): void;
  /** The first of the console's bytes goes to the client. */
  onFirstBytes(): void;
  /** Ends the session. */
  over(end: End): void;
}

/** A console that was reached. */
export interface Bridge {
  /** Ends the handshake with the client and relays; whatever ends the relay is told by `over`. Throws MeshError. */
  start(client: Link): Promise<void>;
  destroy(): void;
}

/** Reaches the console of an admission; what a graphical and a serial proxy do differently. Throws MeshError. */
export type Connector = (admission: Admission, context: ConnectContext) => Promise<Bridge>;
