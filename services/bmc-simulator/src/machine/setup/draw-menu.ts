import type { Ink, TextScreen } from '../../screen/text-screen.ts';
import type { StageContext } from '../stage.ts';
import { isSelectable, type MenuItem, shownValue, type TabName, tabNames } from './menu.ts';
import type { MenuState } from './menu-state.ts';

/** What a click means. */
export type MenuTarget =
  | { readonly kind: 'tab'; readonly tab: TabName }
  | { readonly kind: 'item'; readonly index: number }
  | { readonly kind: 'option'; readonly index: number };

/** A clickable rectangle of cells. */
export interface MenuArea {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
  readonly target: MenuTarget;
}

const margin = 3;
const helpColumns = 40;
const bodyTop = 7;
const ground: Ink = { fg: 'grey', bg: 'navy' };
const panel: Ink = { fg: 'grey', bg: 'panel' };
const edge: Ink = { fg: 'panelEdge', bg: 'navy' };

/**
 * Draws the whole menu and says where it can be clicked, topmost last.
 * @param hovered the target under the pointer
 */
export function drawMenu(
  context: StageContext,
  menu: MenuState,
  hovered: MenuTarget | undefined,
): MenuArea[] {
  const { screen } = context;
  screen.clear(ground);
  screen.showCursor(false);
  drawFrame(context, menu);
  const areas = [...drawTabs(screen, menu, hovered), ...drawItems(context, menu, hovered)];
  drawHelp(screen, menu);
  return menu.popup ? drawPopup(screen, menu, hovered) : areas;
}

function drawFrame({ screen, identity }: StageContext, { changed }: MenuState): void {
  const { columns, rows } = screen;
  screen.fill(0, 0, columns, 3, { bg: 'ink' });
  screen.put(margin, 1, `${identity.vendor} firmware set-up`, { fg: 'white', bg: 'ink' });
  const right = `${identity.product}   ${identity.serial}`;
  screen.put(columns - margin - right.length, 1, right, { fg: 'logo2', bg: 'ink' });
  screen.fill(0, rows - 2, columns, 2, { bg: 'ink' });
  screen.put(margin, rows - 2, changed ? '● Changes not saved yet' : 'No changes', {
    fg: changed ? 'yellow' : 'darkGrey',
    bg: 'ink',
  });
  const version = `Firmware ${identity.firmwareVersion}`;
  screen.put(columns - margin - version.length, rows - 2, version, { fg: 'darkGrey', bg: 'ink' });
}

function drawTabs(screen: TextScreen, menu: MenuState, hovered: MenuTarget | undefined): MenuArea[] {
  const areas: MenuArea[] = [];
  let column = margin;
  screen.fill(0, 3, screen.columns, 3, panel);
  for (const tab of tabNames) {
    const columns = tab.length + 6;
    const open = tab === menu.tab;
    const isHovered = hovered?.kind === 'tab' && hovered.tab === tab;
    const ink: Ink = open ? { fg: 'white', bg: 'navy' } : { fg: 'grey', bg: isHovered ? 'hover' : 'panel' };
    screen.fill(column, 3, columns, 3, ink);
    if (open) screen.fill(column, 3, columns, 1, { fg: 'logo2', bg: 'navy' }, '▔');
    screen.put(column + 3, 4, tab, ink);
    areas.push({ column, row: 3, columns, rows: 3, target: { kind: 'tab', tab } });
    column += columns + 1;
  }
  return areas;
}

function drawItems(context: StageContext, menu: MenuState, hovered: MenuTarget | undefined): MenuArea[] {
  const { screen } = context;
  const columns = screen.columns - 3 * margin - helpColumns;
  const areas: MenuArea[] = [];
  let row = bodyTop;
  for (const [index, item] of menu.items.entries()) {
    if (item.kind === 'heading') {
      if (index > 0) row += 1;
      screen.put(margin + 1, row, item.label, { fg: 'logo2', bg: 'navy' });
      screen.fill(margin + 1, row + 1, columns - 2, 1, edge, '─');
      row += 2;
      continue;
    }
    const isHovered = hovered?.kind === 'item' && hovered.index === index;
    drawItem(context, item, { row, columns, selected: index === menu.selected, hovered: isHovered });
    if (isSelectable(item))
      areas.push({ column: margin, row, columns, rows: 1, target: { kind: 'item', index } });
    row += 1;
  }
  return areas;
}

interface ItemLook {
  row: number;
  columns: number;
  selected: boolean;
  hovered: boolean;
}

function drawItem(
  context: StageContext,
  item: MenuItem,
  { row, columns, selected, hovered }: ItemLook,
): void {
  const { screen } = context;
  const bg = selected ? 'logo2' : hovered ? 'hover' : 'navy';
  const info = item.kind === 'info';
  screen.fill(margin, row, columns, 1, { bg });
  screen.put(margin, row, selected ? '▸' : ' ', { fg: 'ink', bg });
  screen.put(margin + 2, row, item.label, { fg: selected ? 'ink' : info ? 'grey' : 'white', bg });
  screen.put(margin + 30, row, shownValue(item, context), {
    fg: selected ? 'ink' : info ? 'grey' : 'yellow',
    bg,
  });
}

const keyHelp = [
  ['← →', 'Choose a tab'],
  ['↑ ↓', 'Choose a line'],
  ['Enter', 'Open or run it'],
  ['+ -', 'Change the value'],
  ['F9', 'Load defaults'],
  ['F10', 'Save and reset'],
  ['Esc', 'Leave'],
] as const;

function drawHelp(screen: TextScreen, menu: MenuState): void {
  const column = screen.columns - margin - helpColumns;
  const bottom = screen.rows - 3;
  screen.fill(column, bodyTop, helpColumns, bottom - bodyTop, panel);
  screen.fill(column, bodyTop, 1, bottom - bodyTop, { fg: 'logo4', bg: 'navy' }, '▐');
  const item = menu.items[menu.selected];
  screen.put(column + 3, bodyTop + 1, 'Help', { fg: 'logo2', bg: 'panel' });
  const help = item && 'help' in item ? item.help : 'Nothing on this tab can be changed.';
  for (const [index, line] of wrap(help, helpColumns - 6).entries())
    screen.put(column + 3, bodyTop + 3 + index, line, { fg: 'white', bg: 'panel' });
  for (const [index, [key, meaning]] of keyHelp.entries()) {
    const row = bottom - keyHelp.length - 1 + index;
    screen.put(column + 3, row, key, { fg: 'yellow', bg: 'panel' });
    screen.put(column + 11, row, meaning, panel);
  }
}

function drawPopup(screen: TextScreen, menu: MenuState, hovered: MenuTarget | undefined): MenuArea[] {
  const popup = menu.popup!;
  const columns = Math.max(popup.title.length, ...popup.options.map((option) => option.length)) + 12;
  const rows = popup.options.length + 5;
  const column = Math.floor((screen.columns - columns) / 2);
  const row = Math.floor((screen.rows - rows) / 2);
  const ink: Ink = { fg: 'white', bg: 'slate' };
  screen.tint(0, 0, screen.columns, screen.rows, { fg: 'panelEdge', bg: 'ink' });
  screen.fill(column, row, columns, rows, ink);
  screen.put(column, row, `╭${'─'.repeat(columns - 2)}╮`, { fg: 'logo2', bg: 'slate' });
  screen.put(column, row + rows - 1, `╰${'─'.repeat(columns - 2)}╯`, { fg: 'logo2', bg: 'slate' });
  for (let y = row + 1; y < row + rows - 1; y++) {
    screen.put(column, y, '│', { fg: 'logo2', bg: 'slate' });
    screen.put(column + columns - 1, y, '│', { fg: 'logo2', bg: 'slate' });
  }
  screen.put(column + 4, row + 1, popup.title, { fg: 'logo2', bg: 'slate' });
  return popup.options.map((option, index) => {
    const y = row + 3 + index;
    const isHovered = hovered?.kind === 'option' && hovered.index === index;
    const look: Ink =
      index === popup.selected
        ? { fg: 'ink', bg: 'logo2' }
        : { fg: 'white', bg: isHovered ? 'hover' : 'slate' };
    screen.put(column + 3, y, ` ${option}`.padEnd(columns - 6), look);
    return {
      column: column + 3,
      row: y,
      columns: columns - 6,
      rows: 1,
      target: { kind: 'option', index } as const,
    };
  });
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
