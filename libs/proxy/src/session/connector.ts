import type { Admission } from '@consolemesh/contracts/conductor';
import type { Reason } from '@consolemesh/errors';
import type { Link } from '../link/link.ts';
import type { Traffic } from '../link/relay.ts';
import type { ConsoleControl, ConsoleEvent, ConsoleScene, TerminalSize } from './console-talk.ts';
import type { End } from './end.ts';

/** What a connector is told about the session it connects. */
export interface ConnectContext {
  readonly sessionId: string;
  readonly subject: string;
  readonly role: 'control' | 'view';
  /** Of the client's terminal, where it said one. */
  readonly size: TerminalSize | undefined;
  readonly traffic: Traffic;
  /** Fires when the session is over or connecting takes too long. */
  readonly signal: AbortSignal;
  /** The user did something. */
  onInput(): void;
  /** The first of the console's bytes goes to the client. */
  onFirstBytes(): void;
  /** Tells the client something beside the bytes; not before `start`. */
  tell(event: ConsoleEvent): void;
  /** Shows the client a sentence; not before `start`. */
  notify(reason: Reason, message: string): void;
  /** Ends the session. */
  over(end: End): void;
}

/** A console that was reached. */
export interface Bridge {
  /** Serial consoles only: what there is to see. */
  readonly scene?: ConsoleScene;
  /** Ends the handshake with the client and relays; whatever ends the relay is told by `over`. Throws MeshError. */
  start(client: Link): Promise<void>;
  /** Serial consoles only: the client wants something. Only clients that may control are heard. */
  control?(wish: ConsoleControl): void;
  destroy(): void;
}

/** Reaches the console of an admission; what a graphical and a serial proxy do differently. Throws MeshError. */
export type Connector = (admission: Admission, context: ConnectContext) => Promise<Bridge>;
