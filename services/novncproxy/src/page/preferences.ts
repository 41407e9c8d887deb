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

export const defaultPreferences: Preferences = {
  theme: 'system',
  scaling: 'fit',
  quality: 6,
  compression: 2,
  dot: false,
  bell: 'flash',
  collapsed: false,
  typing: 'normal',
};

const allowed: { readonly [K in keyof Preferences]: readonly Preferences[K][] } = {
  theme: ['system', 'light', 'dark'],
  scaling: ['fit', 'actual', 'remote'],
  quality: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  compression: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  dot: [false, true],
  bell: ['off', 'flash', 'sound'],
  collapsed: [false, true],
  typing: ['slow', 'normal', 'fast'],
};

const storageKey = 'consolemesh.preferences';

/** Preferences from stored text; what is missing, unknown or damaged falls back to the default. */
export function parsePreferences(text: string | null): Preferences {
  let stored: Record<string, unknown> = {};
  try {
    stored = Object(JSON.parse(text ?? '{}')) as Record<string, unknown>;
  } catch {
    // Damaged text means defaults.
  }
  const good = Object.entries(allowed).filter(([name, values]) =>
    (values as readonly unknown[]).includes(stored[name]),
  );
  return { ...defaultPreferences, ...Object.fromEntries(good.map(([name]) => [name, stored[name]])) };
}

/** The preferences of this page: read at start, changed by the operator, remembered at every change. */
export interface PreferenceStore {
  get(): Preferences;
  change(part: Partial<Preferences>): void;
}

/**
 * @param storage where they are remembered; its failures (blocked, full) only cost the memory
 * @param forThisPage wishes of the link: they win here and are not remembered
 * @param changed hears every change
 */
export function openPreferences(
  storage: () => Storage,
  forThisPage: Partial<Preferences>,
  changed: (now: Preferences) => void,
): PreferenceStore {
  let remembered = parsePreferences(attempt(() => storage().getItem(storageKey)) ?? null);
  let overrides = forThisPage;
  const get = () => ({ ...remembered, ...overrides });
  return {
    get,
    change(part) {
      remembered = { ...remembered, ...part };
      overrides = Object.fromEntries(Object.entries(overrides).filter(([name]) => !(name in part)));
      attempt(() => storage().setItem(storageKey, JSON.stringify(remembered)));
      changed(get());
    },
  };
}

/** Storage throws where a browser blocks it; the page works without. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
