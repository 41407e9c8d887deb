import { nearestName } from '@consolemesh/config';
import type { NodeAccess } from './node.ts';

/**
 * How many options of a node a driver knows, by the schema that it publishes (plugin.v1 `options_schema`); a misspelt one counts, since it
 * was meant. A driver without a schema that can be read may know anything: 1.
 */
export function knownOptions(schema: string, access: Pick<NodeAccess, 'info' | 'secrets'>): number {
  const known = namesOf(schema);
  if (!known) return 1;
  const given = (['info', 'secrets'] as const).flatMap((part) =>
    Object.keys(access[part]).map((name) => ({ name, names: known[part] })),
  );
  return given.filter(
    ({ name, names }) => names.has(name) || nearestName(name, [...names], { most: 2 }) !== undefined,
  ).length;
}

/** Names of the options in a schema that a driver publishes; undefined when it cannot be read. */
export function namesOf(schema: string): OptionNames | undefined {
  if (!read.has(schema)) {
    // Drivers do not change what they know: more than this comes from one that does.
    if (read.size >= 100) read.clear();
    read.set(schema, readNames(schema));
  }
  return read.get(schema);
}

interface OptionNames {
  readonly info: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

const read = new Map<string, OptionNames | undefined>();

function readNames(schema: string): OptionNames | undefined {
  try {
    const { driver_info, driver_secrets } = JSON.parse(schema).properties;
    return {
      info: new Set(Object.keys(driver_info.properties ?? {})),
      secrets: new Set(Object.keys(driver_secrets.properties ?? {})),
    };
  } catch {
    return undefined;
  }
}
