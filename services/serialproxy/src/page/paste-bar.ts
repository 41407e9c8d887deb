import type { Bar } from './bars.ts';
import type { PasteState } from './paster.ts';

/** How far a paste is, as a line above the terminal; nothing when none runs. */
export function pasteBar(state: PasteState, stop: () => void): Bar | undefined {
  if (state.kind !== 'running' || state.done >= state.total) return undefined;
  return {
    text: 'Pasting',
    progress: state.done / state.total,
    actions: [{ label: 'Stop', act: stop }],
  };
}
