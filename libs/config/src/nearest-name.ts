/**
 * The known name that somebody who wrote `mistyped` most likely meant; undefined when none is near enough. `prefix` is left out of the
 * comparison: it would make every name look like every other. Near is what `most` slips lead to, by default one for every three letters.
 */
export function nearestName(
  mistyped: string,
  known: readonly string[],
  { prefix = '', most }: { prefix?: string; most?: number } = {},
): string | undefined {
  const bare = (name: string) => plain(name.startsWith(prefix) ? name.slice(prefix.length) : name);
  const wanted = bare(mistyped);
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(wanted, bare(name));
    if (!best || distance < best.distance) best = { name, distance };
  }
  const limit = most ?? Math.max(1, Math.floor(wanted.length / 3));
  return best && best.distance <= limit ? best.name : undefined;
}

/** `vnc-port`, `vncPort` and `VNC_PORT` are one word. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Optimal string alignment distance: insert, delete, replace or swap two neighbours, each costs one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
