import { nearestName } from '@consolemesh/config';
import type { Violation } from '@consolemesh/errors';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { OptionSchema, OptionsSchema } from './driver.ts';

/** A map of options after the check: values of the types that the schema names, and every mistake. */
export interface CheckedOptions {
  /** Options without mistakes, defaults filled in. */
  readonly values: Record<string, unknown>;
  readonly violations: readonly Violation[];
}

/** Checks one map of options. */
export type OptionsChecker = (given: Readonly<Record<string, string>>) => CheckedOptions;

/** Bounds of a map of options. */
const limits = { entries: 64, name: 64, value: 8192 };

/**
 * A checker for one map. `prefix` begins the path of every mistake (`driver_info`); values of `secret` maps are never quoted.
 * @throws Error when the schema itself is wrong: a fault of the driver's author
 */
export function createOptionsChecker(schema: OptionsSchema, prefix: string, secret = false): OptionsChecker {
  const ajv = new Ajv2020({
    allErrors: true,
    coerceTypes: true,
    useDefaults: true,
    strict: true,
    logger: false,
  });
  ajv.addKeyword({ keyword: 'expects', schemaType: 'string' });
  ajv.addKeyword({ keyword: 'x-consolemesh-locates', schemaType: 'boolean' });
  // Unknown and missing names are judged here, because a suggestion needs all names.
  const validate = ajv.compile({ type: 'object', properties: schema.properties });

  return (given) => {
    const tooLarge = checkSize(given, prefix);
    if (tooLarge) return { values: {}, violations: [tooLarge] };
    const known: Record<string, unknown> = {};
    const violations: Violation[] = [];
    for (const [name, value] of Object.entries(given)) {
      if (Object.hasOwn(schema.properties, name)) known[name] = value;
      else violations.push(unknownName(name, prefix, Object.keys(schema.properties)));
    }
    for (const name of schema.required ?? []) {
      if (known[name] === undefined || known[name] === '') {
        delete known[name];
        const message = `is not set; expected ${expectation(schema.properties[name]!)}`;
        violations.push({ field: `${prefix}.${name}`, reason: 'FIELD_REQUIRED', message });
      }
    }
    validate(known);
    const mistaken = new Map<string, ErrorObject>();
    for (const error of validate.errors ?? []) {
      const name = error.instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
      if (!mistaken.has(name)) mistaken.set(name, error);
    }
    for (const name of mistaken.keys()) {
      violations.push(wrongValue(name, given[name] ?? '', schema.properties[name]!, prefix, secret));
      delete known[name];
    }
    const order = Object.keys(schema.properties);
    const place = (v: Violation) =>
      (order.indexOf(v.field.slice(prefix.length + 1)) + order.length + 1) % (order.length + 1);
    return { values: known, violations: violations.sort((a, b) => place(a) - place(b)) };
  };
}

function checkSize(given: Readonly<Record<string, string>>, prefix: string): Violation | undefined {
  const entries = Object.entries(given);
  const tooLarge = (message: string, name?: string): Violation => ({
    field: name === undefined ? prefix : `${prefix}.${name.slice(0, limits.name)}`,
    reason: 'FIELD_INVALID',
    message,
  });
  if (entries.length > limits.entries)
    return tooLarge(`has ${entries.length} options; at most ${limits.entries} are allowed`);
  for (const [name, value] of entries) {
    if (name.length > limits.name) return tooLarge(`the name is longer than ${limits.name} characters`, name);
    if (Buffer.byteLength(value) > limits.value)
      return tooLarge(`is longer than ${limits.value} bytes`, name);
  }
  return undefined;
}

function unknownName(name: string, prefix: string, names: readonly string[]): Violation {
  const near = nearestName(name, names);
  const advice = near
    ? `did you mean ${near}?`
    : names.length > 0
      ? `known are ${names.join(', ')}`
      : 'none is known';
  return {
    field: `${prefix}.${name}`,
    reason: 'FIELD_UNKNOWN',
    message: `is not an option of this driver; ${advice}`,
  };
}

function wrongValue(
  name: string,
  value: string,
  schema: OptionSchema,
  prefix: string,
  secret: boolean,
): Violation {
  const shown = secret ? 'holds a value that is not usable' : `is ${quote(value)}`;
  return {
    field: `${prefix}.${name}`,
    reason: 'FIELD_INVALID',
    message: `${shown}; expected ${expectation(schema)}`,
  };
}

/** What a schema asks for, in words. */
export function expectation(schema: OptionSchema): string {
  if (typeof schema.expects === 'string') return schema.expects;
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'integer' || schema.type === 'number') {
    const kind = schema.type === 'integer' ? 'a whole number' : 'a number';
    const { minimum, maximum } = schema;
    if (minimum !== undefined && maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
    if (minimum !== undefined) return `${kind}, ${minimum} or more`;
    return maximum === undefined ? kind : `${kind}, ${maximum} or less`;
  }
  if (typeof schema.maxLength === 'number') return `text of at most ${schema.maxLength} characters`;
  return 'text';
}

function quote(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
