import type { LineCall } from '@consolemesh/driver-sdk';
import type { Session, SolLine } from '@consolemesh/ipmi';
import { encodeMark, type Mark, noMark } from './mark.ts';
import { identifyOwner } from './owner.ts';

/** The mark of an open console, kept where another instance finds it until the BMC has let go. */
export interface KeptMark {
  readonly mark: Mark;
  /** Closes the session, the line with it, and forgets the mark. Never rejects. */
  release(): Promise<void>;
}

export function keepMark(session: Session, line: SolLine, remember: LineCall['remember']): KeptMark {
  let mark: Mark = { session: session.info.bmcSessionId };
  let released = false;

  /** Asked once and waited for by nobody: some BMCs do not answer it to whom they answer everything else. */
  async function learn(): Promise<void> {
    const owner = await identifyOwner(session, { tries: 1 }).catch(() => undefined);
    // A line that was lost meanwhile has shown somebody else's mark.
    if (owner && !line.destroyed) mark = { ...mark, owner };
    if (!released) remember(encodeMark(mark));
  }

  void learn();
  return {
    get mark() {
      return mark;
    },
    async release() {
      released = true;
      const { received } = session.counters;
      await session.close();
      // A BMC that says nothing has perhaps not heard that we have gone, and will have to be told later.
      if (session.counters.received > received) remember(noMark);
    },
  };
}
