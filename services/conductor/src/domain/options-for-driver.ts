import { namesOf } from './known-options.ts';
import type { NodeAccess, TextMap } from './node.ts';

/** A driver and the schema of options that it publishes. */
export interface DriverOptions {
  readonly name: string;
  readonly optionsSchema: string;
}

/**
 * What of a node's options and secrets goes to one of its drivers: all but what another driver of the node knows and this one does not, since
 * a screen and a serial line of one machine mostly have drivers of their own. So no driver gets the other's password, and each still sees,
 * and reports, what is misspelt. While one that may be meant has not been heard of, nobody can tell its options from misspelt ones: then each
 * driver gets what it knows itself, so that it neither sees nor stumbles over the other's. A driver whose schema cannot be read gets everything.
 * @param complete whether everybody who is configured has been heard of
 */
export function optionsForDriver(
  access: NodeAccess,
  driver: DriverOptions,
  known: readonly DriverOptions[],
  complete = true,
): NodeAccess {
  const own = namesOf(driver.optionsSchema);
  if (!own) return access;
  // `auto` may become any of them.
  const named = access.drivers?.includes('auto') ? undefined : access.drivers;
  const heardOf = (name: string) => name === 'none' || known.some((other) => other.name === name);
  const certain = named?.every(heardOf) ?? complete;
  const others = known
    .filter(({ name }) => name !== driver.name && (named?.includes(name) ?? true))
    .map(({ optionsSchema }) => namesOf(optionsSchema));
  const narrow = (options: TextMap, part: 'info' | 'secrets') =>
    Object.fromEntries(
      Object.entries(options).filter(
        ([name]) => own[part].has(name) || (certain && !others.some((names) => names?.[part].has(name))),
      ),
    );
  return { ...access, info: narrow(access.info, 'info'), secrets: narrow(access.secrets, 'secrets') };
}
