import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface TextOptions extends SettingOptions {
  /** The whole text has to match. */
  pattern?: RegExp;
  /** What the pattern asks for, in words: "expected …". Wanted whenever there is a pattern. */
  expects?: string;
}

/** A line of text, without control characters. Surrounding white space is dropped. */
export function text<const O extends TextOptions>(options: O): Setting<ValueOf<string, O>> {
  const { pattern, expects = pattern ? `text matching ${pattern}` : 'text without control characters' } =
    options;
  const whole = pattern && new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''));
  return createSetting<string, O>(options, {
    expects,
    showExpects: pattern !== undefined,
    parse: (value) => {
      if (/\p{Cc}/u.test(value) || (whole && !whole.test(value))) throw new BadValue();
      return value;
    },
  });
}
