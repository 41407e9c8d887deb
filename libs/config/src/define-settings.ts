import { formatTable } from './format-table.ts';
import type { Setting } from './setting.ts';

/** The settings of a service by the name the program uses for them. */
export type Shape = Readonly<Record<string, Setting<unknown>>>;

/** The settings of one service: what they are called, what they accept, how they are documented. */
export interface Settings<S extends Shape = Shape> {
  /** The service's name; begins every line of a report. */
  readonly service: string;
  readonly shape: S;
  /** Every variable read, `…_FILE` forms included. */
  readonly variables: readonly string[];
  /** Asked after every setting was read without a mistake: what is wrong with them together, a sentence each. */
  readonly check: ((config: ConfigOf<S>) => readonly string[]) | undefined;
  /** A markdown table, `| variable | default | meaning |`, for the service's README. */
  table(): string;
}

/** The frozen object that `readSettings` gives. */
export type ConfigOf<S extends Shape> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

/** The frozen object that `readSettings` gives for these settings: `type Config = SettingsOf<typeof settings>`. */
export type SettingsOf<T> = T extends Settings<infer S> ? ConfigOf<S> : never;

/**
 * Declares the settings of a service. Spread shared shapes into it: `{ ...meshSettings, listen: address({ … }) }`.
 * @throws TypeError when two settings read the same variable.
 */
export function defineSettings<const S extends Shape>(
  service: string,
  shape: S,
  options: { check?: (config: ConfigOf<S>) => readonly string[] } = {},
): Settings<S> {
  const variables = Object.values(shape).flatMap(({ env, secret }) =>
    secret ? [env, `${env}_FILE`] : [env],
  );
  const twice = variables.find((name, index) => variables.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`${twice} is read by two settings of ${service}`);
  return Object.freeze({
    service,
    shape,
    variables: Object.freeze(variables),
    check: options.check,
    table: () => formatTable(Object.values(shape)),
  });
}
