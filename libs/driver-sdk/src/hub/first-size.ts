import type { Size } from './terminal/open-terminal.ts';

/** Size of a line before anybody has told another one (driver/v1/SPEC.md, ATTACH-22). */
export const firstSize: Size = { columns: 80, rows: 24 };
