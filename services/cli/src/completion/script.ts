import type { Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What can follow a command: its path (`node create`), the words after it, and options with the words that they take. */
interface Place {
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly doc: string }[];
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly doc: string;
    readonly choices: readonly string[];
  }[];
}

/**
 * A script that completes commands, options and their choices. It is made from the commander tree and stands alone: completing asks
 * no service and starts no process.
 */
export function completionScript(shell: Shell, program: Command): string {
  const places = collect(program, []);
  if (shell === 'fish') return fishScript(places);
  return shell === 'bash' ? bashScript(places) : zshScript(places);
}

function collect(command: Command, path: readonly string[]): Place[] {
  const commands = command.commands.filter((one) => one.name() !== 'help');
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const inherited = path.length > 0 ? (rootOf(command).options as Option[]) : [];
  const place: Place = {
    path: path.join(' '),
    words: [
      ...commands.map((one) => ({ word: one.name(), doc: one.description() })),
      ...choices.map((word) => ({ word, doc: '' })),
    ],
    options: [...command.options, ...inherited].map((option) => ({
      flags: [option.long, option.short].filter((flag) => flag !== undefined && flag !== null) as string[],
      doc: option.description,
      choices: option.argChoices ?? [],
    })),
  };
  return [place, ...commands.flatMap((one) => collect(one, [...path, one.name()]))];
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

/**
 * The shared core of bash and zsh: walks the words before the cursor to the command they name, then answers the choices of the
 * option before the cursor, options after a dash, or the next words.
 */
function posixCore(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const choices = places.flatMap(({ path, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map(
        ({ flags, choices }) =>
          `${flags.map((flag) => `"${path}:${flag}"`).join('|')}) echo "${choices.join(' ')}"; return;;`,
      ),
  );
  const words = places.map(
    ({ path, words }) => `"${path}") echo "${words.map(({ word }) => word).join(' ')}";;`,
  );
  const flags = places.map(
    ({ path, options }) =>
      `"${path}") echo "${[...options.flatMap((option) => option.flags), '--help'].join(' ')}";;`,
  );
  return `_consolemesh_words() {
  # $1: the word before the cursor, $2: the word at the cursor, then all words before the cursor.
  local before=$1 current=$2 path= word next
  shift 2
  for word in "$@"; do
    next="\${path:+$path }$word"
    case "$next" in
      ${paths.join('|')}) path=$next;;
    esac
  done
  case "$path:$before" in
    ${choices.join('\n    ')}
  esac
  if [[ $current == -* ]]; then
    case "$path" in
      ${flags.join('\n      ')}
    esac
  else
    case "$path" in
      ${words.join('\n      ')}
    esac
  fi
}
`;
}

function bashScript(places: readonly Place[]): string {
  return `${posixCore(places)}
_consolemesh() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=($(compgen -W "$(_consolemesh_words "$before" "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$current"))
}
complete -o default -F _consolemesh consolemesh
`;
}

function zshScript(places: readonly Place[]): string {
  return `${posixCore(places)}
_consolemesh() {
  local -a found
  found=(\${=$(_consolemesh_words "\${words[CURRENT-1]}" "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}")})
  if (( \${#found} )); then compadd -- "\${found[@]}"; else _files; fi
}
compdef _consolemesh consolemesh
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = ['function __consolemesh_at', '  set -l path', '  for word in (commandline -opc)[2..-1]'];
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  lines.push(
    '    set -l next (string join " " $path $word)',
    `    contains -- "$next" ${paths.join(' ')}; and set path $path $word`,
    '  end',
    '  test "$path" = "$argv[1]"',
    'end',
    '',
  );
  for (const { path, words, options } of places) {
    const at = `complete -c consolemesh -n '__consolemesh_at "${path}"'`;
    for (const { word, doc } of words) lines.push(`${at} -f -a '${word}'${describe(doc)}`);
    for (const { flags, doc, choices } of options) {
      const names = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const values = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : '';
      lines.push(`${at} ${names.join(' ')}${values}${describe(doc)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A description in single quotes; fish knows two escapes there. */
function describe(doc: string): string {
  return doc === '' ? '' : ` -d '${doc.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
