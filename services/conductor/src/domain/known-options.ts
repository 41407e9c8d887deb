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
    ({ name, names }) => names.includes(name) || nearestName(name, names, { most: 2 }) !== undefined,
  ).length;
}

function namesOf(schema: string): { info: string[]; secrets: string[] } | undefined {
  try {
    const { driver_info, driver_secrets } = JSON.parse(schema).properties;
    return {
      info: Object.keys(driver_info.properties ?? {}),
      secrets: Object.keys(driver_secrets.properties ?? {}),
    };
  } catch {
    return undefined;
  }
}
