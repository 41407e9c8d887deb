import type { Kind, OpenedStream, StreamCall } from '../driver.ts';
import type { Hub } from '../hub/hub.ts';

/** A started console that clients may attach to. */
export type RelayedConsole = StreamPerClient | SharedLine;

interface Relayed {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly kind: Kind;
  /** 32 bytes; tickets are made with it. */
  readonly attachKey: Buffer;
  /** Clients at once. */
  readonly maxSessions: number;
  /** Who the upstream is, for messages. */
  readonly where: string;
}

/** A console that has an upstream of its own for each client. */
export interface StreamPerClient extends Relayed {
  /** Opens the upstream of one client. Throws MeshError. */
  open(client: StreamCall, signal: AbortSignal): Promise<OpenedStream>;
  /** Sends a break on the line, where that can be done. */
  readonly sendBreak?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** A console whose clients share one line; the hub ends with it. */
export interface SharedLine extends Relayed {
  readonly hub: Hub;
}
