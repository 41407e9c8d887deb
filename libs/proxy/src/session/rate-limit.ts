/** Says how long somebody has to wait; 0 = may pass now. */
export interface RateLimit {
  take(key: string): number;
  readonly size: number;
}

/** A rate: so many at once, then so many each second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** More addresses than this are not told apart by memory: the ones seen longest ago are forgotten. */
const mostKeys = 10_000;

/** A token bucket for each key. */
export function createRateLimit(rate: Rate, now: () => number): RateLimit {
  const buckets = new Map<string, { level: number; at: number }>();
  return {
    take(key) {
      const at = now();
      const known = buckets.get(key);
      const level = known
        ? Math.min(rate.burst, known.level + ((at - known.at) / 1000) * rate.perSecond)
        : rate.burst;
      // Re-inserted, so that the map's order is the order of use.
      buckets.delete(key);
      if (buckets.size >= mostKeys) buckets.delete(buckets.keys().next().value!);
      buckets.set(key, { level: level >= 1 ? level - 1 : level, at });
      return level >= 1 ? 0 : Math.ceil(((1 - level) / rate.perSecond) * 1000);
    },
    get size() {
      return buckets.size;
    },
  };
}
