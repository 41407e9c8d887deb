/** The name that somebody who wrote `wrong` most likely meant; undefined when none is near. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const word = plain(wrong);
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(word, plain(name));
    if (
      distance <= Math.max(1, Math.floor(name.length / 3)) &&
      distance < (best?.distance ?? Number.POSITIVE_INFINITY)
    ) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** `vnc-port`, `vncPort` and `VNC_PORT` are one word. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Levenshtein distance; names are short (64 characters at most). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced));
    }
    row = next;
  }
  return row[b.length]!;
}
