/** The line that a recording process says as its n-th. */
export function numberedLine(number: number): string {
  return `${number} the quick brown fox\n`;
}
