import type { Link } from '../link/link.ts';
import type { ConsoleEvent, ConsoleWish, TerminalSize } from './console-talk.ts';
import type { OpenedMessage } from './control-messages.ts';
import type { End } from './end.ts';
import type { LiveSession } from './registry.ts';

/** A client that was admitted, whatever it speaks. */
export interface Client {
  readonly link: Link;
  /** As the proxy trusts it. */
  readonly address: string;
  /** Of its terminal, where it said one. */
  readonly size: TerminalSize | undefined;
  /** The console can be seen from here on. */
  opened(message: OpenedMessage): void;
  /** Passes on what the console tells beside its bytes. */
  tell(event: ConsoleEvent): void;
  notify: LiveSession['notify'];
  /** Says why and closes. */
  close(end: End): void;
  /** Whether it left before the session stood. */
  gone(): boolean;
  /** The client broke a rule; who holds the session ends it. */
  onFault: (end: End) => void;
  /** The client wants something of its console; nobody listens before the session stands. */
  onControl: (wish: ConsoleWish) => void;
  /** Undefined for clients that cannot be asked for a sign of life. */
  readonly liveness: { ping(): void; unheard(): boolean; onAlive: () => void } | undefined;
}
