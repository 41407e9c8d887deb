/** Counts of things by name within a window of time, all forgotten together when it ends. */
export interface WindowedCounts {
  of(name: string): number;
  add(name: string): void;
}

/**
 * Counts in windows of `windowMs`. Names are the caller's choice: beyond `entries` of them the rest share one count, so that nobody who
 * makes names up goes uncounted. `clock` gives ms.
 */
export function createWindowedCounts(
  { windowMs, entries }: { readonly windowMs: number; readonly entries: number },
  clock: () => number = () => performance.now(),
): WindowedCounts {
  const counts = new Map<string, number>();
  let rest = 0;
  let windowEnds = 0;

  function turnWindow(): void {
    if (clock() < windowEnds) return;
    windowEnds = clock() + windowMs;
    counts.clear();
    rest = 0;
  }

  const isKept = (name: string) => counts.has(name) || counts.size < entries;
  return {
    of(name) {
      turnWindow();
      return isKept(name) ? (counts.get(name) ?? 0) : rest;
    },
    add(name) {
      turnWindow();
      if (isKept(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
      else rest += 1;
    },
  };
}
