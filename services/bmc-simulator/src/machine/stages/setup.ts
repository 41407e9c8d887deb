import { copyFirmwareSettings } from '../firmware-settings.ts';
import type { KeyPress } from '../keys.ts';
import { drawMenu, type MenuArea, type MenuTarget } from '../setup/draw-menu.ts';
import { createMenuState, type MenuState } from '../setup/menu-state.ts';
import type { StageFactory } from '../stage.ts';

/** The firmware's set-up menu, by keys and by pointer. The clock on its first tab ticks. */
export const setupStage: StageFactory = (context) => {
  const draft = { ...context, firmware: copyFirmwareSettings(context.firmware) };
  const menu = createMenuState(draft, context.firmware, () => context.go('post'));
  let areas: MenuArea[] = [];
  let hovered: MenuTarget | undefined;
  const draw = () => {
    areas = drawMenu(draft, menu, hovered);
  };
  return {
    ambient: true,
    *run() {
      context.serial.print(
        '\n\nThe set-up menu is open on the screen. Leave it from here with Esc and Enter.\n',
      );
      for (;;) {
        draw();
        yield 1000 - (context.now() % 1000);
      }
    },
    key(key) {
      if (menu.popup) popupKey(menu, key);
      else menuKey(menu, key);
      hovered = undefined;
      draw();
    },
    pointer({ column, row, pressed }) {
      const target = targetAt(areas, column, row);
      if (!pressed && sameTarget(target, hovered)) return;
      hovered = target;
      if (pressed) click(menu, target);
      draw();
    },
  };
};

function menuKey(menu: MenuState, { name, character }: KeyPress): void {
  if (name === 'Left') menu.moveTab(-1);
  else if (name === 'Right' || name === 'Tab') menu.moveTab(1);
  else if (name === 'Up') menu.move(-1);
  else if (name === 'Down') menu.move(1);
  else if (name === 'Enter') menu.activate();
  else if (name === 'Escape') menu.ask('discardAndReset');
  else if (name === 'F9') menu.ask('defaults');
  else if (name === 'F10') menu.ask('saveAndReset');
  else if (character === '+' || character === '=') menu.change(1);
  else if (character === '-') menu.change(-1);
}

function popupKey(menu: MenuState, { name, character }: KeyPress): void {
  const popup = menu.popup!;
  const count = popup.options.length;
  if (name === 'Up' || name === 'Left') popup.selected = (popup.selected + count - 1) % count;
  else if (name === 'Down' || name === 'Right' || name === 'Tab')
    popup.selected = (popup.selected + 1) % count;
  else if (name === 'Enter') menu.choosePopup(popup.selected);
  else if (name === 'Escape') menu.closePopup();
  else if (character) {
    const index = popup.options.findIndex((option) =>
      option.toLowerCase().startsWith(character.toLowerCase()),
    );
    if (index >= 0) popup.selected = index;
  }
}

/** A click outside an open window closes it; a click on a line selects and opens it. */
function click(menu: MenuState, target: MenuTarget | undefined): void {
  if (menu.popup) {
    if (target?.kind === 'option') menu.choosePopup(target.index);
    else menu.closePopup();
  } else if (target?.kind === 'tab') menu.openTab(target.tab);
  else if (target?.kind === 'item') {
    menu.select(target.index);
    menu.activate();
  }
}

function targetAt(areas: readonly MenuArea[], column: number, row: number): MenuTarget | undefined {
  return areas.find(
    (area) =>
      column >= area.column &&
      column < area.column + area.columns &&
      row >= area.row &&
      row < area.row + area.rows,
  )?.target;
}

function sameTarget(a: MenuTarget | undefined, b: MenuTarget | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
