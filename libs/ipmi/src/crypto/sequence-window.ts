/** Which packets of one direction were seen already. */
export interface SequenceWindow {
  /** Takes note of it; false = seen already, too old, or out of the window. */
  accept(sequence: number): boolean;
}

/** How far behind the newest a late packet may be. */
export const WINDOW = 16;

/**
 * IPMI 2.0 section 6.12.13: at most 16 behind or ahead of the newest; sequence numbers skip 0 when they wrap.
 * Authenticated packets may leap ahead farther: nobody else can make them, and after an outage in which a BMC had sent more than 16
 * packets the session would otherwise be deaf for ever.
 */
export function createSequenceWindow({ leaps }: { leaps: boolean }): SequenceWindow {
  let newest: number | undefined;
  /** Bit n: newest - n was seen. */
  let seen = 0;
  return {
    accept(sequence) {
      if (sequence === 0) return false;
      if (newest === undefined) {
        newest = sequence;
        seen = 1;
        return true;
      }
      const ahead = (sequence - newest) | 0;
      if (ahead > 0) {
        if (ahead > WINDOW && !leaps) return false;
        seen = ahead > WINDOW ? 1 : (seen << ahead) | 1;
        newest = sequence;
        return true;
      }
      if (-ahead > WINDOW || (seen & (1 << -ahead)) !== 0) return false;
      seen |= 1 << -ahead;
      return true;
    },
  };
}

/** The next sequence number: 32 bits, never 0. */
export function nextSequence(sequence: number): number {
  return sequence >= 0xffff_ffff ? 1 : sequence + 1;
}
