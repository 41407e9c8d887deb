import type { KeyGroup, KeyItem } from '@consolemesh/proxy/page';

/** One key of a keyboard: X11 keysym (what RFB sends) and DOM code (what becomes a scan code where the server wants those). */
export interface Key {
  readonly keysym: number;
  readonly code: string;
}

/** Keys pressed in order and released in the opposite order. */
export interface Combination extends KeyItem {
  readonly keys: readonly Key[];
}

const key = (keysym: number, code: string): Key => ({ keysym, code });

/** Keysyms from X11's keysymdef.h. */
export const keys = {
  backspace: key(0xff08, 'Backspace'),
  tab: key(0xff09, 'Tab'),
  enter: key(0xff0d, 'Enter'),
  escape: key(0xff1b, 'Escape'),
  home: key(0xff50, 'Home'),
  left: key(0xff51, 'ArrowLeft'),
  up: key(0xff52, 'ArrowUp'),
  right: key(0xff53, 'ArrowRight'),
  down: key(0xff54, 'ArrowDown'),
  pageUp: key(0xff55, 'PageUp'),
  pageDown: key(0xff56, 'PageDown'),
  end: key(0xff57, 'End'),
  insert: key(0xff63, 'Insert'),
  delete: key(0xffff, 'Delete'),
  printScreen: key(0xff61, 'PrintScreen'),
  sysRq: key(0xff15, 'PrintScreen'),
  pause: key(0xff13, 'Pause'),
  shift: key(0xffe1, 'ShiftLeft'),
  control: key(0xffe3, 'ControlLeft'),
  alt: key(0xffe9, 'AltLeft'),
  windows: key(0xffeb, 'MetaLeft'),
  menu: key(0xff67, 'ContextMenu'),
} as const satisfies Record<string, Key>;

/** F1 to F12. */
export function functionKey(number: number): Key {
  return key(0xffbe + number - 1, `F${number}`);
}

const letter = (name: string): Key => key(name.charCodeAt(0), `Key${name.toUpperCase()}`);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sysRq = (name: string, short: string, hint: string): Combination => ({
  label: `SysRq ${name.toUpperCase()}`,
  keys: [keys.alt, keys.sysRq, letter(name)],
  hint,
  short,
});

export const ctrlAltDel: Combination = {
  label: 'Ctrl+Alt+Del',
  keys: [keys.control, keys.alt, keys.delete],
};

/** The key menu, top to bottom. */
export const keyGroups: readonly KeyGroup<Combination>[] = [
  {
    title: 'Keys',
    items: [
      { label: 'Esc', keys: [keys.escape] },
      { label: 'Tab', keys: [keys.tab] },
      { label: 'Win', keys: [keys.windows], hint: 'Windows or Super key' },
      { label: 'Menu', keys: [keys.menu] },
      { label: 'Ins', keys: [keys.insert], hint: 'Insert' },
      { label: 'Delete', keys: [keys.delete] },
      { label: 'PrtSc', keys: [keys.printScreen], hint: 'Print Screen' },
      { label: 'Pause', keys: [keys.pause] },
    ],
  },
  {
    title: 'Combinations',
    items: [
      ctrlAltDel,
      { label: 'Alt+Tab', keys: [keys.alt, keys.tab] },
      { label: 'Alt+F4', keys: [keys.alt, functionKey(4)] },
      { label: 'Ctrl+Esc', keys: [keys.control, keys.escape] },
    ],
  },
  {
    title: 'Function keys',
    items: upTo(12).map((number) => ({ label: `F${number}`, keys: [functionKey(number)] })),
  },
  {
    title: 'Linux consoles',
    items: upTo(7).map((number) => ({
      label: `Ctrl+Alt+F${number}`,
      keys: [keys.control, keys.alt, functionKey(number)],
      hint: `virtual terminal ${number}`,
    })),
  },
  {
    title: 'Linux SysRq',
    hint: 'They act at once, also on a hung system.',
    items: [
      sysRq('s', 'sync', 'write all disks'),
      sysRq('u', 'read-only', 'remount read-only'),
      sysRq('b', 'restart', 'restart at once'),
      sysRq('e', 'end all', 'end all processes'),
      sysRq('i', 'kill all', 'kill all processes'),
    ],
  },
];

/** Modifiers that can be held down from the page, for keyboards that lack them. */
export const modifiers = [
  { label: 'Ctrl', key: keys.control },
  { label: 'Alt', key: keys.alt },
  { label: 'Shift', key: keys.shift },
  { label: 'Win', key: keys.windows },
] as const;

/** Sends one key event. */
export type SendKey = (keysym: number, code: string | null, down: boolean) => void;

/** Presses the keys in order, releases them in the opposite order. */
export function pressCombination(combination: readonly Key[], send: SendKey): void {
  for (const { keysym, code } of combination) send(keysym, code, true);
  for (const { keysym, code } of combination.toReversed()) send(keysym, code, false);
}
