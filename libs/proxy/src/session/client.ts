import type { Admission } from '@consolemesh/contracts/conductor';
import type { Redeemed } from '../admission/admit.ts';
import type { Link } from '../link/link.ts';
import type { End } from './end.ts';
import type { LiveSession } from './registry.ts';

/** A client that was admitted, whatever it speaks. */
export interface Client {
  readonly link: Link;
  /** As the proxy trusts it. */
  readonly address: string;
  /** The console can be seen from here on. */
  opened(session: LiveSession, redeemed: Redeemed, admission: Admission): void;
  notify: LiveSession['notify'];
  /** Says why and closes. */
  close(end: End): void;
  /** Whether it left before the session stood. */
  gone(): boolean;
  /** The client broke a rule; who holds the session ends it. */
  onFault: (end: End) => void;
  /** Undefined for clients that cannot be asked for a sign of life. */
  readonly liveness: { ping(): void; unheard(): boolean; onAlive: () => void } | undefined;
}
