import type { Command } from 'commander';
import { type Context, createContext, explain, type GlobalOptions } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';

/** What a command does. Answers its exit code when it is not 0 although nothing was thrown. */
export type Handler<Args extends unknown[], Options> = (
  context: Context,
  options: Options & GlobalOptions,
  ...args: Args
) => Promise<ExitCode | void>;

/** One run of the program: its surroundings and its exit code. */
export interface Run {
  readonly io: Io;
  code: ExitCode;
}

/** A handler as commander's action: with a context that is closed afterwards, and errors that say what to do. */
export function action<Args extends unknown[], Options = object>(run: Run, handler: Handler<Args, Options>) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    using context = createContext(run.io, options);
    try {
      run.code = (await handler(context, options, ...(command.processedArgs as Args))) ?? run.code;
    } catch (error) {
      throw explain(error, options);
    }
  };
}
