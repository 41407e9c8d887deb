import { type Refusal, refuse } from '../bmc/messages.ts';
import { type IdracAttribute, nameOf } from './attribute.ts';

/**
 * What is wrong with a value for an attribute, undefined when nothing is. Names and values are case-sensitive.
 * @param attribute undefined = there is none of that name
 */
export function validateValue(
  name: string,
  attribute: IdracAttribute | undefined,
  value: string,
): Refusal | undefined {
  if (!attribute) return refuse('unknown-attribute', 'RAC004', [name], `Invalid AttributeName ${name}`);
  if (attribute.readOnly) return refuse('read-only', 'RAC006', [name]);
  const { kind } = attribute;
  switch (kind.type) {
    case 'enumeration':
      if (kind.values.includes(value)) return undefined;
      return refuse(
        'not-in-list',
        isSwitch(kind.values) ? 'RAC008' : 'RAC004',
        [name],
        `Invalid AttributeValue for AttributeName ${nameOf(attribute)}`,
      );
    case 'integer': {
      if (!/^-?\d{1,10}$/.test(value)) return refuse('wrong-type', 'RAC004', [name]);
      const number = Number(value);
      return number < kind.min || number > kind.max ? refuse('out-of-range', 'RAC007', [name]) : undefined;
    }
    case 'string':
      if (/[^\x20-\x7e]/.test(value)) return refuse('bad-character', 'RAC010', [name]);
      return value.length > kind.maxLength ? refuse('too-long', 'RAC009', [name]) : undefined;
  }
}

function isSwitch(values: readonly string[]): boolean {
  return values.length === 2 && values[0] === 'Disabled' && values[1] === 'Enabled';
}
