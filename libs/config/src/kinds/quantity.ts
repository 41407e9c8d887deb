import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

const DURATIONS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES: Record<string, number> = {
  '': 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

export interface QuantityOptions extends SettingOptions {
  /** Smallest value accepted, in text form (`1s`, `64KiB`); 0 unless told. */
  min?: string;
  /** Largest value accepted, in text form; 2^53-1 unless told. */
  max?: string;
}

/**
 * A length of time, given in milliseconds: `500ms`, `30s`, `10m`, `8h`, `7d`, or `0`. Node's timers fire at once when
 * asked for more than 24.8 days, so give `max` to a setting that ends up in one.
 */
export function duration<const O extends QuantityOptions>(options: O): Setting<ValueOf<number, O>> {
  return quantity(options, parseDuration, 'a duration such as 500ms, 30s, 10m, 8h or 7d');
}

/** A size, given in bytes: `512`, `64KiB`, `1MiB`, `2GiB`. Powers of 1024 only; `KB` and `MB` are refused as ambiguous. */
export function bytes<const O extends QuantityOptions>(options: O): Setting<ValueOf<number, O>> {
  return quantity(options, parseBytes, 'a size such as 512, 64KiB or 1MiB');
}

/** Reads `500ms`, `30s`, `10m`, `8h`, `7d` or `0` into milliseconds. @throws BadValue */
export function parseDuration(text: string): number {
  return text === '0' ? 0 : parseQuantity(text, DURATIONS);
}

/** Reads `512`, `512B`, `64KiB`, `1MiB`, `2GiB` into bytes. @throws BadValue */
export function parseBytes(text: string): number {
  return parseQuantity(text, SIZES);
}

function quantity<const O extends QuantityOptions>(
  options: O,
  parse: (text: string) => number,
  expects: string,
): Setting<ValueOf<number, O>> {
  const { min, max } = options;
  const least = min === undefined ? 0 : parse(min);
  const most = max === undefined ? Number.MAX_SAFE_INTEGER : parse(max);
  const bounds = [min && `at least ${min}`, max && `at most ${max}`].filter(Boolean).join(' and ');
  return createSetting<number, O>(options, {
    expects: bounds ? `${expects}, ${bounds}` : expects,
    showExpects: bounds !== '',
    parse: (value) => {
      const number = parse(value);
      if (number < least || number > most) throw new BadValue();
      return number;
    },
  });
}

function parseQuantity(text: string, units: Record<string, number>): number {
  const [, digits, unit] = /^(\d{1,16})([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  const value = Number(digits) * (factor ?? Number.NaN);
  if (!Number.isSafeInteger(value)) throw new BadValue();
  return value;
}
