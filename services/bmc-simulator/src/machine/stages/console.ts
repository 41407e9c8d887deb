import { createSerialTerminal } from '../serial/serial-terminal.ts';
import { longestLine } from '../shell/line-editor.ts';
import { createLoginSession } from '../shell/login-session.ts';
import { rain } from '../shell/matrix.ts';
import type { Terminal } from '../shell/terminal.ts';
import type { StageContext, StageFactory } from '../stage.ts';

/** The machine is up: a login prompt on the screen and another, of its own, on the serial line. */
export const consoleStage: StageFactory = (context) => {
  let raining = false;
  let keyed = false;
  const onScreen = createLoginSession(context, screenTerminal(context), () => {
    raining = true;
    keyed = false;
    context.wake();
  });
  const onSerial = createLoginSession(context, createSerialTerminal(context.serial));

  return {
    get ambient() {
      return raining;
    },
    *run() {
      onScreen.start();
      onSerial.start();
      for (;;) {
        yield Number.POSITIVE_INFINITY;
        if (!raining) continue;
        yield* rain(context, () => keyed);
        raining = false;
        onScreen.askAgain();
      }
    },
    key(key) {
      if (!raining) return onScreen.key(key);
      keyed = true;
      context.wake();
    },
    serialKey: onSerial.key,
  };
};

function screenTerminal({ screen }: StageContext): Terminal {
  let promptRow = 0;
  let promptEnd = 0;
  return {
    name: 'tty1',
    rows: screen.rows,
    longestLine,
    print: screen.print,
    clear: () => screen.clear(),
    beginLine() {
      promptRow = screen.cursor.row;
      promptEnd = screen.cursor.column;
      screen.showCursor(true);
    },
    drawLine(text, cursor) {
      screen.fill(promptEnd, promptRow, screen.columns - promptEnd, 1);
      screen.put(promptEnd, promptRow, text);
      screen.moveTo(promptEnd + cursor, promptRow);
    },
  };
}
