import type { PairRecord } from './pair/pair-record.ts';

/** What comes back with every call of the same incarnation, also to another instance: that it had the console, and where. */
export interface SocatState {
  /** Run of the driver that started it, or took it over. */
  readonly run: string;
  readonly port: number;
  readonly pid: number;
  readonly startTime: string;
  readonly boot: string;
}

export function encodeSocatState({ port, socat }: PairRecord, run: string): Buffer {
  const { pid, startTime, boot } = socat;
  return Buffer.from(JSON.stringify({ run, port, pid, startTime, boot } satisfies SocatState));
}

/** The state; undefined for an empty one, or one that is not understood. */
export function decodeSocatState(state: Buffer): SocatState | undefined {
  try {
    const read = JSON.parse(state.toString('utf8')) as Partial<SocatState>;
    return Number.isInteger(read.port) ? (read as SocatState) : undefined;
  } catch {
    return undefined;
  }
}
