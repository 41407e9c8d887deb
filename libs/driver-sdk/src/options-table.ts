import { expectation } from './check-options.ts';
import type { Driver, OptionsSchema } from './driver.ts';

/** A markdown table of a driver's options, `| option | default | meaning |`, for its README. Secrets come last. */
export function optionsTable(options: Driver['options']): string {
  const { driver_info, driver_secrets } = options;
  return [
    '| option | default | meaning |',
    '|---|---|---|',
    ...rowsOf(driver_info, 'driver_info'),
    ...rowsOf(driver_secrets, 'driver_secrets'),
  ].join('\n');
}

function rowsOf(schema: OptionsSchema, map: string): string[] {
  return Object.entries(schema.properties).map(([name, option]) => {
    const fallback = option.default === undefined ? 'unset' : `\`${option.default}\``;
    const shown = schema.required?.includes(name) ? 'required' : fallback;
    const meaning = `${option.description} Expected: ${expectation(option)}.`.replaceAll('|', '\\|');
    return `| \`${map}.${name}\` | ${shown} | ${meaning} |`;
  });
}
