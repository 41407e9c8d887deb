/**
 * One setting: the environment variable it is read from, what it accepts and what it becomes.
 * Made by the kinds (`text`, `integer`, `address`, …), never by hand.
 */
export interface Setting<T> {
  /** The environment variable, e.g. `CONSOLEMESH_LISTEN`. */
  readonly env: string;
  /** One or two sentences for the README's table. */
  readonly doc: string;
  /** What the value must look like, as the second half of a sentence: "expected …". */
  readonly expects: string;
  /** True when the README's table should repeat `expects` (choices and bounds; a plain text needs no explanation). */
  readonly showExpects: boolean;
  /** The default in its text form; undefined when there is none. */
  readonly default: string | undefined;
  /** True when leaving the variable unset gives `undefined`. */
  readonly optional: boolean;
  /** Set for secrets: the value never appears in an error, and `<env>_FILE` is read as well. */
  readonly secret: { readonly inlineAllowed: boolean } | undefined;
  /** Turns the text (never empty) into the value; throws {@link BadValue}. */
  parse(text: string): T;
}

/** What every kind accepts. Without `default` and without `optional` the variable has to be set. */
export interface SettingOptions {
  env: string;
  doc: string;
  /** The value when the variable is unset or empty, in text form or as the plain value. */
  default?: string | number | boolean | readonly string[];
  /** Unset or empty means `undefined`. Excludes `default`. */
  optional?: boolean;
}

/** The type a kind gives for its options: `T`, or `T | undefined` when optional. */
export type ValueOf<T, O extends SettingOptions> = O extends { optional: true } ? T | undefined : T;

/**
 * Thrown by a kind's `parse`. The message, if any, replaces "expected …" in the report; it must not contain the value,
 * which the report adds itself (or withholds, for secrets).
 */
export class BadValue extends Error {
  override name = 'BadValue';
}

export interface Kind<T> {
  expects: string;
  showExpects?: boolean;
  secret?: { readonly inlineAllowed: boolean };
  parse(text: string): T;
}

/**
 * Completes a kind into a setting and checks the declaration itself.
 * @throws TypeError for a declaration that cannot work (bad name, bad default): a fault of the program, not of its user.
 */
export function createSetting<T, const O extends SettingOptions>(
  options: O,
  kind: Kind<T>,
): Setting<ValueOf<T, O>> {
  const { env, doc, optional = false } = options;
  const fallback = options.default === undefined ? undefined : String(options.default);
  if (!/^[A-Z][A-Z0-9_]*$/.test(env)) throw new TypeError(`${env}: a variable is named A-Z, 0-9 and _`);
  if (optional && fallback !== undefined)
    throw new TypeError(`${env}: optional and a default exclude each other`);
  if (fallback) {
    try {
      kind.parse(fallback);
    } catch (cause) {
      throw new TypeError(`${env}: its default does not parse, expected ${kind.expects}`, { cause });
    }
  }
  return {
    env,
    doc,
    expects: kind.expects,
    showExpects: kind.showExpects ?? false,
    default: fallback,
    optional,
    secret: kind.secret,
    // An optional setting's `undefined` never passes through parse, so the cast only widens.
    parse: kind.parse as (text: string) => ValueOf<T, O>,
  };
}
