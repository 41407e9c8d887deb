import { drawSerialMenu, sayBelow } from '../serial/serial-menu.ts';
import type { StageFactory } from '../stage.ts';

const entries = [
  'Invented Linux 12',
  'Invented Linux 12, recovery',
  'Memory test',
  'Firmware set-up',
] as const;
const title = 'Boot loader 2.12';
const top = 5;
const left = 6;

/** The boot loader: a list with a countdown that any key stops. */
export const loaderStage: StageFactory = (context) => {
  const { screen, go } = context;
  let selected = 0;
  let counting = true;

  const draw = () => {
    drawSerialMenu(
      context,
      { title, entries, hint: 'Use ↑ and ↓ to choose an entry, Enter to boot it.' },
      selected,
    );
    const width = screen.columns - 2 * left;
    const frame = { fg: 'panelEdge' } as const;
    screen.put(left, top, `╭${'─'.repeat(width - 2)}╮`, frame);
    for (let row = top + 1; row < 34; row++) {
      screen.put(left, row, '│', frame);
      screen.put(left + width - 1, row, '│', frame);
    }
    screen.put(left, 34, `╰${'─'.repeat(width - 2)}╯`, frame);
    for (const [index, entry] of entries.entries()) {
      const chosen = index === selected;
      const text = ` ${chosen ? '▸' : ' '} ${entry}`.padEnd(width - 4);
      screen.put(left + 2, top + 2 + index, text, chosen ? { fg: 'ink', bg: 'grey' } : {});
    }
  };
  const choose = () => {
    context.serial.print('\x1b[2J\x1b[H');
    go(selected === 3 ? 'setup' : selected === 2 ? 'post' : 'kernel');
  };
  const stopCounting = () => {
    counting = false;
    screen.fill(left, 38, screen.columns - 2 * left, 1);
  };

  return {
    *run() {
      screen.put(Math.floor((screen.columns - title.length) / 2), 2, title, { fg: 'white' });
      draw();
      screen.put(left + 2, 36, 'Use ↑ and ↓ to choose an entry, Enter to boot it.');
      for (let seconds = 4; seconds > 0 && counting; seconds--) {
        const countdown = `The chosen entry will be started in ${seconds} s. `;
        screen.put(left + 2, 38, countdown, { fg: 'white' });
        sayBelow(context, countdown);
        yield 1000;
      }
      if (counting) choose();
      yield Number.POSITIVE_INFINITY;
      return 'kernel';
    },
    key({ name }) {
      stopCounting();
      if (name === 'Up') selected = (selected + entries.length - 1) % entries.length;
      if (name === 'Down') selected = (selected + 1) % entries.length;
      draw();
      if (name === 'Enter') choose();
    },
    pointer({ column, row, pressed }) {
      const index = row - top - 2;
      if (!pressed || index < 0 || index >= entries.length) return;
      if (column < left + 2 || column >= screen.columns - left - 2) return;
      stopCounting();
      selected = index;
      draw();
      choose();
    },
  };
};
