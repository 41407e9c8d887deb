import type { ColourName } from '../../screen/palette.ts';
import { kernelRelease } from '../kernel-log.ts';
import type { KeyPress } from '../keys.ts';
import { type CommandEffect, completions, formatDate, runCommand } from '../shell/commands.ts';
import { createLineEditor, type LineEditor } from '../shell/line-editor.ts';
import { rain } from '../shell/matrix.ts';
import type { StageContext, StageFactory } from '../stage.ts';

/** Who asks for the line that is being typed. */
type Asking = { kind: 'login' } | { kind: 'password'; user: string } | { kind: 'shell'; user: string };

/** Lines that `history` and the arrow keys remember. */
const longestHistory = 100;

/** The text console: login, then a shell. Any name and any password will do. */
export const consoleStage: StageFactory = (context) => {
  const { screen, identity } = context;
  const history: string[] = [];
  let asking: Asking = { kind: 'login' };
  let editor: LineEditor = createLineEditor();
  let promptRow = 0;
  let promptEnd = 0;
  let raining = false;
  let keyed = false;

  const ask = (next: Asking) => {
    asking = next;
    const options = next.kind === 'shell' ? { history, complete: completions } : {};
    editor = createLineEditor(options);
    for (const [text, fg] of promptOf(next, identity.name)) screen.print(text, { fg });
    promptRow = screen.cursor.row;
    promptEnd = screen.cursor.column;
    screen.showCursor(true);
  };
  const redraw = () => {
    if (asking.kind === 'password') return;
    screen.fill(promptEnd, promptRow, screen.columns - promptEnd, 1);
    screen.put(promptEnd, promptRow, editor.text);
    screen.moveTo(promptEnd + editor.cursor, promptRow);
  };
  const entered = (line: string) => {
    screen.print('\n');
    if (asking.kind === 'login') {
      const user = line.trim().split(/\s+/)[0] ?? '';
      ask(user ? { kind: 'password', user } : asking);
    } else if (asking.kind === 'password') {
      greet(context);
      ask({ kind: 'shell', user: asking.user });
    } else {
      if (line.trim()) history.push(line);
      if (history.length > longestHistory) history.shift();
      take(runCommand(line, { ...context, user: asking.user, history }), asking);
    }
  };
  const take = (effect: CommandEffect, shell: Asking) => {
    if (effect === 'poweroff' || effect === 'reboot') {
      context.afterShutdown = effect === 'reboot' ? 'post' : 'off';
      return context.go('shutdown');
    }
    if (effect === 'matrix') {
      raining = true;
      keyed = false;
      return context.wake();
    }
    if (effect === 'clear') screen.clear();
    if (effect === 'logout') {
      history.length = 0;
      screen.clear();
      printIssue(context);
    }
    ask(effect === 'logout' ? { kind: 'login' } : shell);
  };
  const typed = (key: KeyPress) => {
    const result = editor.key(key);
    if (result.kind === 'changed') redraw();
    else if (result.kind === 'entered') entered(result.line);
    else if (result.kind === 'cleared') {
      screen.clear();
      if (asking.kind !== 'shell') printIssue(context);
      ask(asking);
    } else if (result.kind === 'interrupted') {
      screen.print('^C\n', { fg: 'darkGrey' });
      ask(asking.kind === 'shell' ? asking : { kind: 'login' });
    } else if (asking.kind === 'shell') take('logout', asking);
  };

  return {
    get ambient() {
      return raining;
    },
    *run() {
      printIssue(context);
      ask({ kind: 'login' });
      for (;;) {
        yield Number.POSITIVE_INFINITY;
        if (!raining) continue;
        yield* rain(context, () => keyed);
        raining = false;
        ask(asking);
      }
    },
    key(key) {
      if (!raining) return typed(key);
      keyed = true;
      context.wake();
    },
  };
};

function promptOf(asking: Asking, host: string): [string, ColourName][] {
  if (asking.kind === 'login') return [[`${host} login: `, 'grey']];
  if (asking.kind === 'password') return [['Password: ', 'grey']];
  return [
    [`${asking.user.slice(0, 16)}@${host.slice(0, 16)}`, 'brightGreen'],
    [':', 'grey'],
    ['~', 'brightBlue'],
    ['$ ', 'grey'],
  ];
}

function printIssue({ screen, identity }: StageContext): void {
  screen.print('\nInvented Linux 12 ', { fg: 'white' });
  screen.print(`${identity.name} tty1\n\n`);
  // Not darker: whoever sees this for the first time has to be able to read it.
  screen.print('A simulated server. Log in with any name and any password.\n\n', { fg: 'grey' });
}

function greet({ screen, now }: StageContext): void {
  screen.print(`\nLinux ${kernelRelease} x86_64, ${formatDate(now())}\nType `);
  screen.print('help', { fg: 'brightCyan' });
  screen.print(' for what can be done here.\n\n');
}
