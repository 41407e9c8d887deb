import type { Badge } from '@consolemesh/proxy/page';
import type { Bars } from './bars.ts';
import type { Desk } from './desk.ts';
import { holdsPen, nameOf, type Presence, writer } from './presence.ts';

/** Who writes, as a badge in the head. */
export function whoWrites(presence: Presence): Badge {
  const who = writer(presence);
  if (!who) return { icon: 'pen', label: 'Nobody writes', explanation: 'Whoever types first does.' };
  if (holdsPen(presence)) {
    return { icon: 'pen', label: 'You write', explanation: 'What you type goes to the machine.' };
  }
  return {
    icon: 'eye',
    label: `${nameOf(presence, who.session)} writes`,
    explanation: 'What you type goes nowhere until you get the pen.',
  };
}

/** Says above the terminal that the machine is lost, and who would like to write. */
export function showPresence(
  bars: Bars,
  presence: Presence | undefined,
  desk: Pick<Desk, 'pen' | 'decline'>,
): void {
  const lost = presence?.lost;
  bars.set('lost', lost === undefined ? undefined : { text: `${lost} It is being tried again.` });
  const [asker] = presence?.asking ?? [];
  if (!presence || asker === undefined) {
    bars.set('asking', undefined);
    return;
  }
  bars.set('asking', {
    text: `${nameOf(presence, asker)} would like to write.`,
    actions: [
      { label: 'Let write', act: () => desk.pen.give(asker) },
      { label: 'Not now', act: () => desk.decline(asker) },
    ],
  });
}
