import type { ColourName } from '../../screen/palette.ts';
import { kernelRelease } from '../kernel-log.ts';
import type { KeyPress } from '../keys.ts';
import type { StageContext } from '../stage.ts';
import { type CommandEffect, completions, formatDate, runCommand } from './commands.ts';
import { createLineEditor, type LineEditor } from './line-editor.ts';
import type { Terminal } from './terminal.ts';

/** A terminal's login prompt and the shell behind it. Any name and any password will do. */
export interface LoginSession {
  /** Says what this is and asks for a name. */
  start(): void;
  key(key: KeyPress): void;
  /** Asks once more for what was asked for: something else has used the terminal. */
  askAgain(): void;
}

/** Who asks for the line that is being typed. */
type Asking = { kind: 'login' } | { kind: 'password'; user: string } | { kind: 'shell'; user: string };

/** Lines that `history` and the arrow keys remember. */
const longestHistory = 100;

/** @param matrix shows falling letters and calls `askAgain` afterwards; without it the terminal cannot */
export function createLoginSession(
  context: StageContext,
  terminal: Terminal,
  matrix?: () => void,
): LoginSession {
  const { identity } = context;
  const { print, longestLine } = terminal;
  const history: string[] = [];
  let asking: Asking = { kind: 'login' };
  let editor: LineEditor = createLineEditor();

  const ask = (next: Asking) => {
    asking = next;
    const options = next.kind === 'shell' ? { history, complete: completions } : {};
    editor = createLineEditor({ ...options, longestLine });
    for (const [text, fg] of promptOf(next, identity.name)) print(text, fg && { fg });
    terminal.beginLine();
  };
  const issue = () => {
    print('\nInvented Linux 12 ', { fg: 'white' });
    print(`${identity.name} ${terminal.name}\n\n`);
    // Not darker: whoever sees this for the first time has to be able to read it.
    print('A simulated server. Log in with any name and any password.\n\n');
  };
  const entered = (line: string) => {
    print('\n');
    if (asking.kind === 'login') {
      const user = line.trim().split(/\s+/)[0] ?? '';
      ask(user ? { kind: 'password', user } : asking);
    } else if (asking.kind === 'password') {
      print(`\nLinux ${kernelRelease} x86_64, ${formatDate(context.now())}\nType `);
      print('help', { fg: 'brightCyan' });
      print(' for what can be done here.\n\n');
      ask({ kind: 'shell', user: asking.user });
    } else {
      if (line.trim()) history.push(line);
      if (history.length > longestHistory) history.shift();
      const { user } = asking;
      take(runCommand(line, { ...context, screen: terminal, tty: terminal.name, user, history }), asking);
    }
  };
  const take = (effect: CommandEffect, shell: Asking) => {
    if (effect === 'poweroff' || effect === 'reboot') {
      context.afterShutdown = effect === 'reboot' ? 'post' : 'off';
      return context.go('shutdown');
    }
    if (effect === 'matrix' && matrix) return matrix();
    if (effect === 'matrix') print('matrix: this terminal is too slow for it\n', { fg: 'brightRed' });
    if (effect === 'clear') terminal.clear();
    if (effect === 'logout') {
      history.length = 0;
      terminal.clear();
      issue();
    }
    ask(effect === 'logout' ? { kind: 'login' } : shell);
  };

  return {
    start() {
      issue();
      ask({ kind: 'login' });
    },
    askAgain: () => ask(asking),
    key(key) {
      const result = editor.key(key);
      if (result.kind === 'entered') entered(result.line);
      else if (result.kind === 'cleared') {
        terminal.clear();
        if (asking.kind !== 'shell') issue();
        ask(asking);
      } else if (result.kind === 'interrupted') {
        print('^C\n', { fg: 'darkGrey' });
        ask(asking.kind === 'shell' ? asking : { kind: 'login' });
      } else if (result.kind === 'ended') {
        if (asking.kind === 'shell') take('logout', asking);
      } else if (asking.kind !== 'password') terminal.drawLine(editor.text, editor.cursor);
    },
  };
}

function promptOf(asking: Asking, host: string): [string, ColourName?][] {
  if (asking.kind === 'login') return [[`${host} login: `]];
  if (asking.kind === 'password') return [['Password: ']];
  return [
    [`${asking.user.slice(0, 16)}@${host.slice(0, 16)}`, 'brightGreen'],
    [':'],
    ['~', 'brightBlue'],
    ['$ '],
  ];
}
