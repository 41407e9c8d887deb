import type { Command } from 'commander';
import { type Context, createContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';

/** What a command does. Answers its exit code when it is not 0 although nothing was thrown. */
export type Handler<Args extends unknown[], Options> = (
  context: Context,
  options: Options & GlobalOptions,
  ...args: Args
) => Promise<ExitCode | void>;

/** What a command is about, as far as its command line says: advice names it. */
export interface About {
  /** Name or UUID of a node. */
  readonly node?: string;
  /** `graphical`, `serial` or `power`. */
  readonly interface?: string;
}

/** One run of the program: its surroundings, its exit code and what its command is about. */
export interface Run {
  readonly io: Io;
  code: ExitCode;
  about: About;
}

/**
 * A handler as commander's action, with a context that is closed afterwards. The handler is loaded when its command is run: what the
 * others import costs nothing then.
 */
export function action<Args extends unknown[], Options = object>(
  run: Run,
  load: () => Promise<Handler<Args, Options>>,
) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    run.about = aboutOf(command, command.opts());
    using context = createContext(run.io, options);
    const handler = await load();
    run.code = (await handler(context, options, ...(command.processedArgs as Args))) ?? run.code;
  };
}

function aboutOf(command: Command, { kind }: { readonly kind?: unknown }): About {
  const at = command.registeredArguments.findIndex((argument) => argument.name() === 'node');
  const given: unknown = command.processedArgs[at];
  const node = Array.isArray(given) && given.length === 1 ? given[0] : given;
  const face = ofPower(command) ? 'power' : kind;
  return {
    ...(typeof node === 'string' ? { node } : {}),
    ...(typeof face === 'string' ? { interface: face } : {}),
  };
}

function ofPower(command: Command): boolean {
  return command.parent?.name() === 'power' || command.name() === 'boot-device';
}
