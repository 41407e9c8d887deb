/** Text from elsewhere, fit for a terminal: no control character reaches it, so that no name can move the cursor or ring the bell. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '�');
}

/** Text as one line of a table: of several lines (a PEM) the first one stands for all, and their length is told. */
export function oneLine(text: string): string {
  const lines = text.trimEnd().split(/\r?\n/);
  if (lines.length < 2) return printable(lines[0] ?? '');
  return `${printable(lines[0] ?? '')} … (${text.length.toLocaleString('en')} characters)`;
}

/** How long ago a time was, or how far ahead it is: `5s`, `12m`, `3h`, `8d`. */
export function distance(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
