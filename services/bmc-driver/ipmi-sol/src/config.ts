import { defineSettings, type SettingsOf } from '@consolemesh/config';
import { consoleLogSettings, driverSettings } from '@consolemesh/driver-sdk';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the driver for serial consoles over IPMI. */
export const settings = defineSettings('bmc-driver-ipmi-sol', {
  ...driverSettings,
  ...consoleLogSettings,
  ...meshSettings,
});

export type Config = SettingsOf<typeof settings>;
