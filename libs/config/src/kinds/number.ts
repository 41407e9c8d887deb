import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface IntegerOptions extends SettingOptions {
  /** Smallest value accepted; 0 unless told. */
  min?: number;
  /** Largest value accepted; 2^53-1 unless told. */
  max?: number;
}

/** A whole number in decimal digits. */
export function integer<const O extends IntegerOptions>(options: O): Setting<ValueOf<number, O>> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  if (min > max) throw new TypeError(`${options.env}: min is above max`);
  const range = options.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return createSetting<number, O>(options, {
    expects: `a whole number ${range}`,
    showExpects: options.min !== undefined || options.max !== undefined,
    parse: (value) => {
      const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max)) throw new BadValue();
      return number;
    },
  });
}

/** A TCP or UDP port, 0 to 65535; 0 lets the system choose a free one. */
export function port<const O extends SettingOptions>(options: O): Setting<ValueOf<number, O>> {
  const { expects, parse } = integer({ ...options, optional: false, min: 0, max: 65_535 });
  return createSetting<number, O>(options, { expects: expects.replace('a whole number', 'a port'), parse });
}
