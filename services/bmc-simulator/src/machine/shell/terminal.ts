import type { TextScreen } from '../../screen/text-screen.ts';

/** What a person sits at who is logged in: the screen, or whatever is at the far end of the serial line. */
export interface Terminal extends Pick<TextScreen, 'print' | 'rows'> {
  /** As the kernel names it. */
  readonly name: 'tty1' | 'ttyS0';
  /** Longest line that can be typed, characters. */
  readonly longestLine: number;
  clear(): void;
  /** A line to be typed begins where the cursor stands. */
  beginLine(): void;
  /** Shows that line. @param cursor 0 to the length of the text */
  drawLine(text: string, cursor: number): void;
}
