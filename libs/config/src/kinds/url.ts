import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface UrlOptions extends SettingOptions {
  /** Accepted schemes without colon, `['http', 'https']` unless told. */
  schemes?: readonly string[];
}

/**
 * An absolute URL, given back as it was written. A URL with a password in it is refused: this kind is printed in
 * reports, so a URL that carries credentials belongs in a `secret`.
 */
export function url<const O extends UrlOptions>(options: O): Setting<ValueOf<string, O>> {
  const { schemes = ['http', 'https'] } = options;
  return createSetting<string, O>(options, {
    expects: `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    parse: (value) => {
      if (!URL.canParse(value)) throw new BadValue();
      const { protocol, password } = new URL(value);
      if (!schemes.includes(protocol.slice(0, -1)) || !value.includes('://')) throw new BadValue();
      if (password !== '') throw new BadValue('expected a URL without a password in it');
      return value;
    },
  });
}
