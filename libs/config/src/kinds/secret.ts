import { Secret } from '../secret-value.ts';
import { createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface SecretOptions extends SettingOptions {
  /**
   * False: only `<env>_FILE` is accepted, because other users of the machine may see a process's environment.
   * True unless told. `readSettings(…, { inlineSecrets: true })` lifts it.
   */
  inlineAllowed?: boolean;
  /** What the value looks like, if it can be said and checked; the value itself is never printed. */
  expects?: string;
  /** Throws {@link BadValue} for a value that cannot be right. Its message must not repeat the value. */
  check?: (value: string) => void;
}

/**
 * A password, key or URL with credentials: `<env>` holds the value, `<env>_FILE` the path of a file that holds it.
 * Setting both is a mistake. Trailing newlines of the file are dropped, other white space is kept.
 */
export function secret<const O extends SecretOptions>(options: O): Setting<ValueOf<Secret, O>> {
  const { inlineAllowed = true, expects = 'a value', check } = options;
  return createSetting<Secret, O>(options, {
    expects,
    secret: { inlineAllowed },
    parse: (value) => {
      check?.(value);
      return new Secret(value);
    },
  });
}
