import { type BootDevice, bootDeviceNames } from '../firmware-settings.ts';
import { drawSerialMenu } from '../serial/serial-menu.ts';
import type { StageFactory, StageName } from '../stage.ts';

const hint = '↑↓ choose   Enter boot   Esc continue';

interface Entry {
  readonly text: string;
  readonly stage: StageName;
}

/** The one-time boot menu: arrows, Enter, Escape, or the pointer. */
export const bootMenuStage: StageFactory = (context) => {
  const { screen, firmware, go } = context;
  const entries: Entry[] = [
    ...firmware.bootOrder.map((device) => ({ text: bootDeviceNames[device], stage: stageOf(device) })),
    { text: 'Enter set-up', stage: 'setup' },
  ];
  const width = 56;
  const column = Math.floor((screen.columns - width) / 2);
  const top = 14;
  let selected = 0;

  const draw = () => {
    const texts = entries.map(({ text }) => text);
    drawSerialMenu(context, { title: 'Boot once from', entries: texts, hint }, selected);
    const ink = { fg: 'white', bg: 'panel' } as const;
    screen.fill(column, top, width, entries.length + 8, ink);
    screen.put(column, top, `╔${'═'.repeat(width - 2)}╗`, ink);
    for (let row = top + 1; row < top + entries.length + 7; row++) {
      screen.put(column, row, '║', ink);
      screen.put(column + width - 1, row, '║', ink);
    }
    screen.put(column, top + entries.length + 7, `╚${'═'.repeat(width - 2)}╝`, ink);
    screen.put(column + 3, top + 2, 'Boot once from', ink);
    for (const [index, { text }] of entries.entries()) {
      const chosen = index === selected;
      const line = ` ${chosen ? '▸' : ' '} ${text}`.padEnd(width - 4);
      screen.put(column + 2, top + 4 + index, line, chosen ? { fg: 'ink', bg: 'logo2' } : ink);
    }
    screen.put(column + 3, top + entries.length + 5, hint, {
      fg: 'grey',
      bg: 'panel',
    });
  };

  return {
    *run() {
      screen.clear({ bg: 'navy' });
      draw();
      yield Number.POSITIVE_INFINITY;
      return 'loader';
    },
    key({ name }) {
      if (name === 'Up') selected = (selected + entries.length - 1) % entries.length;
      if (name === 'Down') selected = (selected + 1) % entries.length;
      if (name === 'Enter') go(entries[selected]!.stage);
      if (name === 'Escape') go('loader');
      draw();
    },
    pointer({ column: x, row, pressed }) {
      const index = row - top - 4;
      if (index < 0 || index >= entries.length || x < column + 2 || x >= column + width - 2) return;
      selected = index;
      draw();
      if (pressed) go(entries[index]!.stage);
    },
  };
};

function stageOf(device: BootDevice): StageName {
  return device === 'network' ? 'network' : 'loader';
}
