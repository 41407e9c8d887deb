import type { State } from './states.ts';

/** A state in one or two words, for the head. */
export function stateInShort(kind: State['kind']): { state: string; tone: 'ok' | 'busy' | 'off' } {
  switch (kind) {
    case 'connected':
      return { state: 'Connected', tone: 'ok' };
    case 'connecting':
      return { state: 'Connecting', tone: 'busy' };
    case 'resuming':
      return { state: 'Reconnecting', tone: 'busy' };
    case 'in-use':
      return { state: 'In use', tone: 'busy' };
    default:
      return { state: 'Not connected', tone: 'off' };
  }
}
