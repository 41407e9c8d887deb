import { count, type Sample } from '@consolemesh/telemetry';
import type { Hub } from '../hub/hub.ts';
import type { LineState } from '../hub/line/line-state.ts';

/** How a line is, as metrics call it: `waiting` is why it is `lost`, and one that is being opened again still is. */
function nameOf(state: LineState): 'idle' | 'opening' | 'open' | 'lost' | 'refused' | undefined {
  if (state.kind === 'ended') return undefined;
  if (state.kind === 'waiting' || (state.kind === 'opening' && state.why)) return 'lost';
  return state.kind;
}

/** How many of these lines are how. */
export function countLines(driver: string, hubs: Iterable<Hub>): Sample<'consolemesh_serial_lines'>[] {
  const counts = new Map<string, number>();
  for (const { line } of hubs) {
    const state = nameOf(line);
    if (state) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, value]) => ({ labels: { driver, state }, value }));
}

/** To be told every state of one line: counts each time that it is lost after it was open, and each time that it is back. */
export function countLosses(driver: string): (state: LineState) => void {
  let stood = false;
  let lost = false;
  return (state) => {
    if (state.kind === 'open') {
      if (lost) count('consolemesh_serial_lines_restored_total', { driver });
      [stood, lost] = [true, false];
    } else if (state.kind === 'waiting' || state.kind === 'refused') {
      if (stood) count('consolemesh_serial_lines_lost_total', { driver, reason: state.why.reason });
      [stood, lost] = [false, lost || stood];
    } else if (state.kind === 'idle') {
      [stood, lost] = [false, false];
    }
  };
}
