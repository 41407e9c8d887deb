import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface ChoiceOptions extends SettingOptions {
  /** The accepted words, exactly as they must be written. */
  choices: readonly [string, ...string[]];
}

/** One of a fixed set of words; its type is the union of them. */
export function choice<const O extends ChoiceOptions>(options: O): Setting<ValueOf<O['choices'][number], O>> {
  const { choices } = options;
  return createSetting<O['choices'][number], O>(options, {
    expects: choices.length === 1 ? choices[0] : `one of ${choices.join(', ')}`,
    showExpects: true,
    parse: (value) => {
      if (!choices.includes(value)) throw new BadValue();
      return value;
    },
  });
}
