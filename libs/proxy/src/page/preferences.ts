/** What an operator may prefer: names, allowed values, defaults, and where they are remembered. Never holds a secret. */
export interface PreferenceSchema<P extends object> {
  readonly storageKey: string;
  readonly defaults: P;
  readonly allowed: { readonly [K in keyof P]: readonly P[K][] };
}

/** Preferences from stored text; what is missing, unknown or damaged falls back to the default. */
export function parsePreferences<P extends object>(
  { allowed, defaults }: PreferenceSchema<P>,
  text: string | null,
): P {
  let stored: Record<string, unknown> = {};
  try {
    stored = Object(JSON.parse(text ?? '{}')) as Record<string, unknown>;
  } catch {
    // Damaged text means defaults.
  }
  const good = Object.entries(allowed).filter(([name, values]) =>
    (values as readonly unknown[]).includes(stored[name]),
  );
  return { ...defaults, ...Object.fromEntries(good.map(([name]) => [name, stored[name]])) };
}

/** The preferences of this page: read at start, changed by the operator, remembered at every change. */
export interface PreferenceStore<P extends object> {
  get(): P;
  change(part: Partial<P>): void;
}

/**
 * @param storage where they are remembered; its failures (blocked, full) only cost the memory
 * @param forThisPage wishes of the link: they win here and are not remembered
 * @param changed hears every change
 */
export function openPreferences<P extends object>(
  schema: PreferenceSchema<P>,
  storage: () => Storage,
  forThisPage: Partial<P>,
  changed: (now: P) => void,
): PreferenceStore<P> {
  const { storageKey } = schema;
  let remembered = parsePreferences(schema, attempt(() => storage().getItem(storageKey)) ?? null);
  let overrides = forThisPage;
  const get = () => ({ ...remembered, ...overrides });
  return {
    get,
    change(part) {
      remembered = { ...remembered, ...part };
      overrides = Object.fromEntries(
        Object.entries(overrides).filter(([name]) => !(name in part)),
      ) as Partial<P>;
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
