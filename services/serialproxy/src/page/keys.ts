import type { KeyGroup, KeyItem } from '@consolemesh/proxy/page';

/** Something to send: bytes, or a break with a letter after it. */
export interface Key extends KeyItem {
  /** As a terminal sends them (VT220, xterm). */
  readonly bytes?: string;
  /** A break first. */
  readonly break?: true;
}

const control = (letter: string, hint: string): Key => ({
  label: `Ctrl+${letter}`,
  bytes: String.fromCharCode(letter.charCodeAt(0) & 0x1f),
  hint,
});
const sysRq = (letter: string, short: string, hint: string): Key => ({
  label: `SysRq ${letter.toUpperCase()}`,
  ...{ break: true, bytes: letter, short, hint },
});

/** Function keys as xterm sends them; F1 to F4 are those of a VT100. */
const functionKeys = [
  ...['OP', 'OQ', 'OR', 'OS'],
  ...['[15~', '[17~', '[18~', '[19~', '[20~', '[21~', '[23~', '[24~'],
].map((rest, index): Key => ({ label: `F${index + 1}`, bytes: `\x1b${rest}` }));

/** Keys that firmware takes as Esc and another one (UEFI specification, appendix B). */
const firmware = [
  ['F1', '1'],
  ['F2', '2'],
  ['F8', '8'],
  ['F9', '9'],
  ['F10', '0'],
  ['F11', '!'],
  ['F12', '@'],
] as const;

/** The key menu, top to bottom. */
export const keyGroups: readonly KeyGroup<Key>[] = [
  {
    title: 'Line',
    items: [{ label: 'Break', break: true, hint: 'a break on the serial line' }],
  },
  {
    title: 'Control',
    items: [
      control('C', 'interrupt'),
      control('D', 'end of input'),
      control('Z', 'suspend'),
      control('\\', 'quit'),
      control(']', 'escape of telnet and virsh'),
      control('L', 'draw the screen again'),
      control('S', 'stop the output'),
      control('Q', 'go on with it'),
      { label: 'Esc', bytes: '\x1b' },
      { label: 'Tab', bytes: '\t' },
    ],
  },
  { title: 'Function keys', items: functionKeys },
  {
    title: 'Navigation',
    items: [
      { label: 'Home', bytes: '\x1b[H' },
      { label: 'End', bytes: '\x1b[F' },
      { label: 'PgUp', bytes: '\x1b[5~' },
      { label: 'PgDn', bytes: '\x1b[6~' },
      { label: 'Ins', bytes: '\x1b[2~' },
      { label: 'Del', bytes: '\x1b[3~' },
    ],
  },
  {
    title: 'Firmware',
    hint: 'Where function keys do not arrive.',
    items: firmware.map(([key, sign]): Key => ({ label: key, bytes: `\x1b${sign}`, short: `Esc ${sign}` })),
  },
  {
    title: 'Linux SysRq',
    hint: 'A break, then the letter. They act at once, also on a hung system.',
    items: [
      sysRq('h', 'help', 'list what there is'),
      sysRq('s', 'sync', 'write all disks'),
      sysRq('u', 'read-only', 'remount read-only'),
      sysRq('b', 'restart', 'restart at once'),
      sysRq('e', 'end all', 'end all processes'),
      sysRq('i', 'kill all', 'kill all processes'),
      sysRq('t', 'tasks', 'list tasks'),
      sysRq('c', 'crash', 'crash and dump'),
    ],
  },
];
