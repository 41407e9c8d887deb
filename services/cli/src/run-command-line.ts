import { CommanderError } from 'commander';
import pc from 'picocolors';
import type { Run } from './action.ts';
import { exitCodeOf } from './exit-codes.ts';
import { type Io, wantsColour } from './io.ts';
import { createProgram } from './program.ts';
import { errorView, formatError } from './report-error.ts';

/**
 * Runs one command line (`['node', 'list']`) and answers its exit code; see the table in the README. Prints to `io`, never exits
 * and never throws.
 */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
  const run: Run = { io, code: 0 };
  const program = createProgram(run);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return run.code;
  } catch (error) {
    // commander has said what was wrong already; asking for help is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const json = program.opts<{ output: string }>().output === 'json';
    const colours = pc.createColors(wantsColour(io.stderr, io.env));
    io.stderr.write(json ? `${JSON.stringify(errorView(error))}\n` : formatError(error, colours));
    return exitCodeOf(error);
  }
}
