import type { PreferenceSchema } from '@consolemesh/proxy/page';

/** What an operator likes; kept in this browser across consoles. Never holds a secret. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** Height of the letters, pixels; smaller where the line's size does not fit the window. */
  readonly fontSize: (typeof fontSizes)[number];
  /** Size that the line gets while this page writes. */
  readonly lineSize: 'window' | '80x24' | '80x25' | '100x31' | '132x43';
  readonly bell: 'off' | 'flash' | 'sound';
  /** Pace of what is pasted. */
  readonly paste: 'slow' | 'normal' | 'fast';
  /** The terminal speaks to screen readers. */
  readonly readAloud: boolean;
  /** The toolbar is folded away. */
  readonly collapsed: boolean;
}

/** Heights of letters to choose from, pixels. */
export const fontSizes = [10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28] as const;

/** Defaults and allowed values. */
export const preferences: PreferenceSchema<Preferences> = {
  storageKey: 'consolemesh.serial.preferences',
  defaults: {
    theme: 'system',
    fontSize: 15,
    lineSize: 'window',
    bell: 'flash',
    paste: 'normal',
    readAloud: false,
    collapsed: false,
  },
  allowed: {
    theme: ['system', 'light', 'dark'],
    fontSize: fontSizes,
    lineSize: ['window', '80x24', '80x25', '100x31', '132x43'],
    bell: ['off', 'flash', 'sound'],
    paste: ['slow', 'normal', 'fast'],
    readAloud: [false, true],
    collapsed: [false, true],
  },
};
