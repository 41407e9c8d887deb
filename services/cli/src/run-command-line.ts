import { type Command, CommanderError } from 'commander';
import pc from 'picocolors';
import type { Run } from './action.ts';
import { exitCodeOf, UsageError } from './exit-codes.ts';
import { type Io, wantsColour } from './io.ts';
import { createProgram } from './program.ts';
import { errorView, formatError } from './report-error.ts';

/**
 * Runs one command line (`['node', 'list']`) and answers its exit code; see the table in the README. Prints to `io`, never exits
 * and never throws.
 */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
  const run: Run = { io, code: 0, about: {} };
  const program = createProgram(run);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return run.code;
  } catch (thrown) {
    // Asking for help is no mistake.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const json = wantsJson(program, argv);
    if (thrown instanceof CommanderError && thrown.code === 'commander.help' && !json && argv[0] !== 'help') {
      io.stderr.write(commandOf(program, argv).helpInformation());
      return 2;
    }
    const error = thrown instanceof CommanderError ? syntaxError(thrown, program, argv) : thrown;
    const colours = pc.createColors(wantsColour(io.stderr, io.env));
    io.stderr.write(
      json ? `${JSON.stringify(errorView(error, run.about))}\n` : formatError(error, colours, run.about),
    );
    return exitCodeOf(error);
  }
}

/** What commander says, in our words and with the command whose help explains it. */
function syntaxError(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const command = commandOf(program, argv);
  const path = `consolemesh ${[...pathOf(command), '--help'].join(' ')}`;
  if (error.code === 'commander.help') {
    const commands = command.createHelp().visibleCommands(command);
    const names = commands.map((one) => one.name()).filter((name) => name !== 'help');
    const unknown =
      argv[0] === 'help' ? `there is no command ${argv.slice(1).join(' ')}` : 'a command is missing';
    return new UsageError(`${unknown}: one of ${names.join(', ')}`, { hint: `See ${path}.` });
  }
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new UsageError(message, { hint: `See ${path}.` });
}

/** The command that a command line names, as far as it can be read. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const word of argv) command = command.commands.find((one) => one.name() === word) ?? command;
  return command;
}

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

/** Whether JSON was asked for, also by a command line that could not be read to its end. */
function wantsJson(program: Command, argv: readonly string[]): boolean {
  if (program.opts<{ output: string }>().output === 'json') return true;
  return argv.some(
    (word, at) =>
      word === '--output=json' ||
      word === '-ojson' ||
      (/^(-o|--output)$/.test(word) && argv[at + 1] === 'json'),
  );
}
