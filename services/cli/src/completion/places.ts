import type { Command, Option } from 'commander';
import { type Ask, askOfArgument, askOfOption } from './ask.ts';

/** What can follow a command: its path (`node create`), the words after it, and options with the words that they take. */
export interface Place {
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly doc: string }[];
  /** What else follows, and only the mesh knows. */
  readonly ask: Ask | undefined;
  readonly options: readonly PlaceOption[];
}

/** An option at a place. */
export interface PlaceOption {
  /** `--kind`, `-k`. */
  readonly flags: readonly string[];
  readonly doc: string;
  /** Whether a value follows that cannot be left out. */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly ask: Ask | undefined;
}

/** Every place of a command line, the program itself first. */
export function placesOf(command: Command, path: readonly string[] = []): Place[] {
  const commands = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const inherited = path.length > 0 ? rootOf(command).options.filter(({ long }) => long !== '--version') : [];
  const place: Place = {
    path: path.join(' '),
    words: [
      ...commands.map((one) => ({ word: one.name(), doc: one.description() })),
      ...choices.map((word) => ({ word, doc: '' })),
    ],
    ask: askOfArgument(command.registeredArguments[0]?.name() ?? ''),
    options: [...command.options, ...inherited].map(describeOption),
  };
  return [place, ...commands.flatMap((one) => placesOf(one, [...path, one.name()]))];
}

function describeOption(option: Option): PlaceOption {
  return {
    flags: [option.long, option.short].filter((flag) => flag !== undefined && flag !== null) as string[],
    doc: option.description,
    takesValue: option.required,
    choices: option.argChoices ?? [],
    ask: askOfOption(option),
  };
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}
