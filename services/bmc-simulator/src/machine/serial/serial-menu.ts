import type { StageContext } from '../stage.ts';

export interface SerialMenu {
  readonly title: string;
  readonly entries: readonly string[];
  /** Below the entries. */
  readonly hint: string;
}

/** A menu on a terminal of 80 by 24, drawn anew as a whole: that is a few hundred bytes. */
export function drawSerialMenu(
  { serial }: Pick<StageContext, 'serial'>,
  { title, entries, hint }: SerialMenu,
  selected: number,
): void {
  const lines = entries.map((entry, index) => {
    const line = ` ${index === selected ? '*' : ' '} ${entry}`.padEnd(60);
    return index === selected ? `\x1b[7m${line}\x1b[0m` : line;
  });
  const text = ['', `   ${title}`, '', ...lines.map((line) => `  ${line}`), '', `   ${hint}`, '', ''];
  serial.print(`\x1b[0m\x1b[2J\x1b[H${text.join('\n')}`);
}

/** Says something in the line below the hint, instead of what was said there. */
export function sayBelow({ serial }: Pick<StageContext, 'serial'>, text: string): void {
  serial.print(`\r   ${text}\x1b[K`);
}
