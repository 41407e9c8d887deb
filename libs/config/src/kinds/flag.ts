import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

const WORDS = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

/** Yes or no: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`, in any case. */
export function flag<const O extends SettingOptions>(options: O): Setting<ValueOf<boolean, O>> {
  return createSetting<boolean, O>(options, {
    expects: 'true or false',
    parse: (value) => {
      const found = WORDS.get(value.toLowerCase());
      if (found === undefined) throw new BadValue();
      return found;
    },
  });
}
