import type { TerminalEvents } from './terminal.ts';

/** For a terminal that only shows: what it answers and what is typed go nowhere. */
export const deafTerminal: TerminalEvents = {
  input() {},
  paste() {},
  bell() {},
  search() {},
  found() {},
  roomed() {},
};
