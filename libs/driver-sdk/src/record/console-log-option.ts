import type { Violation } from '@consolemesh/errors';
import type { ConsoleCall, Driver, OptionSchema, Options } from '../driver.ts';

/** Name of the option that has a serial console recorded. */
const optionName = 'console_log';

const option: OptionSchema = {
  type: 'boolean',
  description:
    'What the serial console says is recorded, from its start to its stop; its line is held all the time.',
  default: false,
};

/** Whether what the driver's serial lines say can be recorded: whether their clients share one. */
export function recordsLines({ consoles, openLine }: Driver): boolean {
  return consoles.some(
    ({ kind, endpointKinds }) =>
      kind === 'serial' && (openLine !== undefined || endpointKinds.includes('tcp')),
  );
}

/** The driver with the option, where its lines can be recorded. */
export function withConsoleLog(driver: Driver): Driver {
  if (!recordsLines(driver)) return driver;
  const { driver_info } = driver.options;
  const properties = { ...driver_info.properties, [optionName]: option };
  // Methods of a driver may be written with `this`, so it is not copied.
  return Object.create(driver, {
    options: { value: { ...driver.options, driver_info: { ...driver_info, properties } }, enumerable: true },
  }) as Driver;
}

/** Says so where it is asked for and there is no place for it. */
export function inspectConsoleLog(info: Options, records: boolean): Violation[] {
  if (info[optionName] !== true || records) return [];
  const message =
    'is true, and this driver has no folder for logs; set CONSOLEMESH_CONSOLE_LOG_DIR where it runs, or leave the option out';
  return [{ field: `driver_info.${optionName}`, reason: 'FIELD_INVALID', message }];
}

/** Whether a console is to be recorded. */
export function isRecorded({ kind, node }: ConsoleCall): boolean {
  return kind === 'serial' && node.info[optionName] === true;
}
