import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Ask, wordsCommand } from './ask.ts';
import { type Place, type PlaceOption, placesOf } from './places.ts';
import type { Shell } from './shells.ts';

/**
 * Prints a script that completes commands, options, their choices and what the mesh knows: names of nodes, drivers and their options. It is
 * made from the commander tree; only for the last kind it runs this program, which has a short deadline and is silent about failures.
 */
export function printScript(program: Command) {
  return async ({ io }: Context, _options: object, shell: Shell): Promise<void> => {
    const places = placesOf(program);
    const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
    io.stdout.write(scripts[shell](places));
  };
}

/**
 * The shared core of bash and zsh: walks the words before the cursor to the command they name, then answers what the option before the
 * cursor takes, options after a dash, or the next words.
 */
function posixCore(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const values = places.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue, choices, ask }) => takesValue || choices.length > 0 || ask)
      .map((option) => `${option.flags.map((flag) => `"${path}:${flag}"`).join('|')}) ${answerOf(option)}`),
  );
  const words = places.flatMap(({ path, words, ask }) => {
    const known = words.length > 0 ? [`echo "${words.map(({ word }) => word).join(' ')}"`] : [];
    const asked = ask ? [askFor(ask)] : [];
    return known.length + asked.length > 0 ? [`"${path}") ${[...known, ...asked].join('; ')};;`] : [];
  });
  const flags = places.map(
    ({ path, options }) =>
      `"${path}") echo "${[...options.flatMap((option) => option.flags), '--help'].join(' ')}";;`,
  );
  return `_consolemesh_ask() { consolemesh ${wordsCommand} -- "$@" 2>/dev/null; }
_consolemesh_words() {
  # $1: the word before the cursor, $2: the word at the cursor, then all words before the cursor.
  # Not named path: in zsh that is PATH.
  local before=$1 current=$2 place= word next
  shift 2
  for word in "$@"; do
    next="\${place:+$place }$word"
    case "$next" in
      ${paths.join('|')}) place=$next;;
    esac
  done
  case "$place:$before" in
    # A value of one's own, such as that of --info vnc_port=
    *:=) return;;
    ${values.join('\n    ')}
  esac
  if [[ $current == -* ]]; then
    case "$place" in
      ${flags.join('\n      ')}
    esac
  else
    case "$place" in
      ${words.join('\n      ')}
    esac
  fi
}
`;
}

function answerOf({ choices, ask }: PlaceOption): string {
  if (choices.length > 0) return `echo "${choices.join(' ')}"; return;;`;
  return ask ? `${askFor(ask)}; return;;` : 'return;;';
}

function askFor(ask: Ask): string {
  return `_consolemesh_ask ${ask} "$current" "$@"`;
}

function bashScript(places: readonly Place[]): string {
  return `${posixCore(places)}
_consolemesh() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=($(compgen -W "$(_consolemesh_words "$before" "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$current"))
  # KEY= goes on with its value.
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _consolemesh consolemesh
`;
}

function zshScript(places: readonly Place[]): string {
  return `${posixCore(places)}
_consolemesh() {
  local -a found keys
  found=(\${=$(_consolemesh_words "\${words[CURRENT-1]}" "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}")})
  # KEY= goes on with its value.
  keys=(\${(M)found:#*=})
  found=(\${found:#*=})
  if (( \${#keys} )); then compadd -S '' -- "\${keys[@]}"; fi
  if (( \${#found} )); then compadd -- "\${found[@]}"; elif (( ! \${#keys} )); then _files; fi
}
compdef _consolemesh consolemesh
`;
}

function fishScript(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  const lines = [
    'function __consolemesh_ask',
    `  consolemesh ${wordsCommand} -- $argv[1] (commandline -ct | string collect --allow-empty) (commandline -opc)[2..-1] 2>/dev/null`,
    'end',
    '',
    'function __consolemesh_at',
    '  set -l path',
    '  for word in (commandline -opc)[2..-1]',
    '    set -l next (string join -- " " $path $word)',
    `    contains -- "$next" ${paths.join(' ')}; and set path $path $word`,
    '  end',
    '  test "$path" = "$argv[1]"',
    'end',
    '',
  ];
  for (const { path, words, ask, options } of places) {
    const at = `complete -c consolemesh -n '__consolemesh_at "${path}"'`;
    for (const { word, doc } of words) lines.push(`${at} -f -a '${word}'${describe(doc)}`);
    if (ask) lines.push(`${at} -f -a '(__consolemesh_ask ${ask})'`);
    for (const option of options) {
      const names = option.flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      lines.push(`${at} ${names.join(' ')}${fishValue(option)}${describe(option.doc)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function fishValue({ choices, ask, takesValue }: PlaceOption): string {
  if (choices.length > 0) return ` -x -a '${choices.join(' ')}'`;
  if (ask) return ` -x -a '(__consolemesh_ask ${ask})'`;
  return takesValue ? ' -r' : '';
}

/** A description in single quotes; fish knows two escapes there. */
function describe(doc: string): string {
  return doc === '' ? '' : ` -d '${doc.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
