import type { Attributes, Values } from './settings-port.ts';
import { isEnabled } from './vnc-settings.ts';

/** Whether two values of an attribute say the same. */
export function sameValue(name: string, left: string, right: string): boolean {
  if (name === 'Enable') return isEnabled(left) === isEnabled(right);
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether values are so; a password is left out, because it reads back as asterisks. */
export function inForce(attributes: Attributes, values: Values): boolean {
  return wrongOf(attributes, values) === undefined;
}

/** The first value that is otherwise. */
export function wrongOf(attributes: Attributes, values: Values): readonly [string, string] | undefined {
  return Object.entries(values).find(
    ([name, value]) => name !== 'Password' && !sameValue(name, attributes.get(name)?.value ?? '', value),
  );
}
