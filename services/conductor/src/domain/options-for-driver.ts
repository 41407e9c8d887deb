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
 * and reports, what is misspelt. A driver whose schema cannot be read gets everything.
 */
export function optionsForDriver(
  access: NodeAccess,
  driver: DriverOptions,
  known: readonly DriverOptions[],
): NodeAccess {
  const own = namesOf(driver.optionsSchema);
  if (!own) return access;
  // `auto` may become any of them.
  const named = access.drivers?.includes('auto') ? undefined : access.drivers;
  const others = known
    .filter(({ name }) => name !== driver.name && (named?.includes(name) ?? true))
    .map(({ optionsSchema }) => namesOf(optionsSchema));
  const narrow = (options: TextMap, part: 'info' | 'secrets') =>
    Object.fromEntries(
      Object.entries(options).filter(
        ([name]) => own[part].has(name) || !others.some((names) => names?.[part].has(name)),
      ),
    );
  return { ...access, info: narrow(access.info, 'info'), secrets: narrow(access.secrets, 'secrets') };
}
