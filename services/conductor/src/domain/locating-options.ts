import type { TextMap } from './node.ts';

/** Options that decide which machine is meant, in the order of the schema, each with its default; undefined where it has none. */
export type LocatingOptions = ReadonlyMap<string, string | undefined>;

/** Marks such an option in a driver's schema (driver.v1 DRV-INFO-5). */
const keyword = 'x-consolemesh-locates';

/** Which options of driver_info locate the machine, by the schema that a driver publishes; none when it marks none or cannot be read. */
export function locatingOptions(schema: string): LocatingOptions {
  const found = new Map<string, string | undefined>();
  for (const [name, option] of Object.entries(optionsOf(schema))) {
    if (!isObject(option) || option[keyword] !== true) continue;
    const { default: fallback } = option;
    found.set(name, ['string', 'number', 'boolean'].includes(typeof fallback) ? String(fallback) : undefined);
  }
  return found;
}

/** Whether both name the same machine; undefined when no option says so. */
export function sameMachine(locating: LocatingOptions, left: TextMap, right: TextMap): boolean | undefined {
  if (locating.size === 0) return undefined;
  return [...locating].every(([name, fallback]) => (left[name] ?? fallback) === (right[name] ?? fallback));
}

/** Where the machine is, for a person: `drac_address 192.0.2.7, drac_port 8443`; empty when nothing says it. */
export function whereabouts(locating: LocatingOptions, info: TextMap): string {
  const given = [...locating.keys()].filter((name) => info[name] !== undefined);
  return given.map((name) => `${name} ${info[name]}`).join(', ');
}

function optionsOf(schema: string): Record<string, unknown> {
  try {
    const options = JSON.parse(schema).properties.driver_info.properties;
    return isObject(options) ? options : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
