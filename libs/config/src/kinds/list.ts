import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

export interface ListOptions<T> extends SettingOptions {
  /** Turns one item into its value; throws {@link BadValue}. Items stay text unless told. */
  item?: (text: string) => T;
  /** What an item looks like, in the plural: "expected <items>, separated by commas". */
  expects?: string;
  /** Longest list accepted; 256 unless told. */
  maxItems?: number;
}

/** Items separated by commas; white space around an item and empty items are dropped. Frozen. */
export function list<T = string, const O extends ListOptions<T> = ListOptions<T>>(
  options: O & ListOptions<T>,
): Setting<ValueOf<readonly T[], O>> {
  const { item = (text: string) => text as T, expects = 'items', maxItems = 256 } = options;
  return createSetting<readonly T[], O>(options, {
    expects: `${expects}, separated by commas`,
    showExpects: options.expects !== undefined,
    parse: (value) => {
      const items = value
        .split(',')
        .map((text) => text.trim())
        .filter(Boolean);
      if (items.length > maxItems) throw new BadValue(`at most ${maxItems} items are accepted`);
      return Object.freeze(items.map(item));
    },
  });
}
