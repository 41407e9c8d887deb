import type { Kind, OpenedStream, StreamCall } from '../driver.ts';

/** A started console that clients may attach to. */
export interface RelayedConsole {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly kind: Kind;
  /** 32 bytes; tickets are made with it. */
  readonly attachKey: Buffer;
  /** Clients at once. */
  readonly maxSessions: number;
  /** Opens the upstream of one client. Throws MeshError. */
  open(client: StreamCall, signal: AbortSignal): Promise<OpenedStream>;
  /** Who the upstream is, for messages. */
  readonly where: string;
  /** Sends a break on the line, where that can be done. */
  readonly sendBreak?: ((signal: AbortSignal) => Promise<void>) | undefined;
}
