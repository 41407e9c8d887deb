import type { Command } from '../commands/command.ts';
import type { IpmiError } from '../errors.ts';
import type { QuirkName, Quirks } from '../quirks.ts';
import type { ActivateSolOptions } from '../sol/activate.ts';
import type { SolLine } from '../sol/line.ts';
import type { RunOptions } from './command-queue.ts';

/** What is known about an open session; nothing in it is secret. */
export interface SessionInfo {
  /** Resolved address and port of the BMC. */
  readonly address: string;
  readonly port: number;
  /** Cipher suite id. */
  readonly suite: number;
  readonly privilege: number;
  /** 16 bytes, hexadecimal. */
  readonly guid: string;
  /** Our and the BMC's session ids. */
  readonly consoleSessionId: number;
  readonly bmcSessionId: number;
  /** What was asked for by name and what `auto` found. */
  readonly quirks: Quirks;
  readonly quirkNames: readonly QuirkName[];
  /** Logins that were tried until this one worked. */
  readonly attempts: number;
}

export interface SessionCounters {
  sent: number;
  received: number;
  /** Packets that were forged, doubled, too old or no packets at all. */
  dropped: number;
  keepalives: number;
}

/** An authenticated RMCP+ session with a BMC. Close it: BMCs have few, and one left behind blocks others for a minute. */
export interface Session extends AsyncDisposable {
  readonly info: SessionInfo;
  readonly counters: Readonly<SessionCounters>;
  /**
   * Any command, as bytes.
   * @returns the data after the completion code
   * @throws IpmiError COMMAND_FAILED, TIMEOUT, SESSION_LOST, CLOSED, CANCELLED, OVERLOADED
   */
  command(netFn: number, command: number, data?: Uint8Array, options?: RunOptions): Promise<Buffer>;
  /** A command of the tables in `commands/`. Throws what `command` throws, and MALFORMED. */
  run<Req, Res>(command: Command<Req, Res>, request: Req, options?: RunOptions): Promise<Res>;
  /** Opens the serial console; one at a time. @throws IpmiError SOL_BUSY and other codes that begin with SOL_ */
  activateSol(options?: ActivateSolOptions): Promise<SolLine>;
  /** What ended the session: CLOSED or SESSION_LOST. Never rejects. */
  readonly ended: Promise<IpmiError>;
  /** Deactivates SOL, tells the BMC that the session is over, and is done after two seconds at most even if nobody answers. */
  close(): Promise<void>;
}
