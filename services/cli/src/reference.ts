import type { Command, Option } from 'commander';
import { exitCodes } from './exit-codes.ts';

/** The README's tables, made from the commander tree and the table of exit codes, so that they cannot be out of date. */
export function commandReference(program: Command): string {
  const rows = leaves(program, []).map(({ path, command }) => {
    const usage = [...path, ...command.registeredArguments.map(argumentText)].join(' ');
    const options = command.options.map((option) => `\`${option.flags}\``).join(', ');
    return `| \`${escapeCell(usage)}\` | ${escapeCell(command.description())} | ${escapeCell(options)} |`;
  });
  return ['| command | what it does | options |', '|---|---|---|', ...rows].join('\n');
}

/** Options of every command. */
export function optionReference(program: Command): string {
  const rows = program.options
    .filter((option) => option.long !== '--version')
    .map((option: Option) => {
      const fallback = option.defaultValueDescription ?? option.defaultValue;
      return `| \`${escapeCell(option.flags)}\` | ${escapeCell(option.description)} | ${fallback === undefined ? '' : `\`${fallback}\``} |`;
    });
  return ['| option | what it says (variable) | default |', '|---|---|---|', ...rows].join('\n');
}

/** Exit codes. */
export function exitCodeReference(): string {
  const rows = Object.entries(exitCodes).map(([code, meaning]) => `| ${code} | ${escapeCell(meaning)} |`);
  return ['| code | meaning |', '|---|---|', ...rows].join('\n');
}

function leaves(command: Command, path: readonly string[]): { path: string[]; command: Command }[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  if (below.length === 0) return [{ path: [...path], command }];
  return below.flatMap((one) => leaves(one, [...path, one.name()]));
}

function argumentText(argument: Command['registeredArguments'][number]): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
