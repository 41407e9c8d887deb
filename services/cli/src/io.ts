import type { Readable } from 'node:stream';
import type pc from 'picocolors';

/** Functions that colour text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>;

/** Where text goes; process.stdout is one. */
export interface Output {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Of a terminal: it has another size. */
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** All that a command touches of its surroundings, so that tests can bring their own. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For commands that run until they are told to stop: aborts at Ctrl-C or SIGTERM, which otherwise end the process at once. */
  stop(): AbortSignal;
}

/** Whether to colour what goes to an output: on a terminal, unless NO_COLOR (https://no-color.org) or a dumb terminal says otherwise. */
export function wantsColour(output: Output, env: Io['env']): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
