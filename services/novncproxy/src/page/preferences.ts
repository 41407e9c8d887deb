import type { PreferenceSchema } from '@consolemesh/proxy/page';

/** What an operator likes; kept in this browser across consoles. Never holds a secret. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** Shrink or grow the picture to the window, show its true pixels, or ask the server for another size. */
  readonly scaling: 'fit' | 'actual' | 'remote';
  /** JPEG quality asked for, 0 (smallest) to 9 (best). */
  readonly quality: number;
  /** Compression asked for, 0 (least work) to 9 (fewest bytes). */
  readonly compression: number;
  /** Show a dot where the server shows no pointer. */
  readonly dot: boolean;
  readonly bell: 'off' | 'flash' | 'sound';
  /** The toolbar is folded away. */
  readonly collapsed: boolean;
  readonly typing: 'slow' | 'normal' | 'fast';
}

export const preferences: PreferenceSchema<Preferences> = {
  storageKey: 'consolemesh.preferences',
  defaults: {
    theme: 'system',
    scaling: 'fit',
    quality: 6,
    compression: 2,
    dot: false,
    bell: 'flash',
    collapsed: false,
    typing: 'normal',
  },

  allowed: {
    theme: ['system', 'light', 'dark'],
    scaling: ['fit', 'actual', 'remote'],
    quality: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    compression: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    dot: [false, true],
    bell: ['off', 'flash', 'sound'],
    collapsed: [false, true],
    typing: ['slow', 'normal', 'fast'],
  },
};
