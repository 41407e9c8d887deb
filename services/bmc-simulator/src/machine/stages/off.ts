import type { StageFactory } from '../stage.ts';

/** No signal: what a BMC shows while the server has no power. */
export const offStage: StageFactory = ({ screen, firmware, identity, go }) => ({
  *run() {
    const byKeyboard = firmware.values.powerOnByKeyboard;
    const column = Math.floor(screen.columns / 2) - 24;
    screen.fill(column, 19, 48, 9, { bg: 'slate' });
    screen.fill(column, 19, 1, 9, { bg: 'logo4' });
    screen.put(column + 4, 21, 'No signal', { fg: 'white', bg: 'slate' });
    screen.put(column + 4, 23, `${identity.name} is powered off.`, { fg: 'grey', bg: 'slate' });
    if (byKeyboard !== 'Disabled') {
      const hint = byKeyboard === 'Enter' ? 'Press Enter to power it on.' : 'Press any key to power it on.';
      screen.put(column + 4, 25, hint, { fg: 'darkGrey', bg: 'slate' });
    }
    yield Number.POSITIVE_INFINITY;
    return 'off';
  },
  // The line's far end is dead too.
  serialKey() {},
  key({ name }) {
    const byKeyboard = firmware.values.powerOnByKeyboard;
    if (byKeyboard === 'Any key' || (byKeyboard === 'Enter' && name === 'Enter')) go('post');
  },
});
