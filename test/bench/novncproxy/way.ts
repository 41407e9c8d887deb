import type { Process } from './processes.ts';
import type { Destination } from './roles/browser.ts';

/** One way to a machine: through which process, and with which words. */
export interface Way {
  readonly proxy: Process;
  /** Holds the stream on behalf of the proxy; its time is counted apart. */
  readonly holder?: Process;
  readonly to: Destination;
}

/** Names of the ways. */
export type WayName =
  | 'ours'
  | 'oursTls'
  | 'oursRelay'
  | 'oursTlsRelay'
  | 'websockify'
  | 'websockifyTls'
  | 'websockifyToken'
  | 'ws';
