/** What is read of xterm.js's buffer. */
export interface TextBuffer {
  readonly length: number;
  getLine(at: number): { readonly isWrapped: boolean; translateToString(trim: boolean): string } | undefined;
}

/** The whole buffer as text: wrapped rows are joined, blanks at the ends of lines and empty lines at the end are left out. */
export function bufferText(buffer: TextBuffer): string {
  const lines: string[] = [];
  for (let at = 0; at < buffer.length; at += 1) {
    const row = buffer.getLine(at);
    if (!row) continue;
    const next = buffer.getLine(at + 1);
    // A row that goes on in the next one keeps its blanks.
    const text = row.translateToString(next?.isWrapped !== true);
    if (row.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
    else lines.push(text);
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
