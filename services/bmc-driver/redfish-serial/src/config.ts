import { defineSettings, type SettingsOf } from '@consolemesh/config';
import { consoleLogSettings, driverSettings } from '@consolemesh/driver-sdk';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the driver for serial consoles that Redfish names. */
export const settings = defineSettings('bmc-driver-redfish-serial', {
  ...driverSettings,
  ...consoleLogSettings,
  ...meshSettings,
});

export type Config = SettingsOf<typeof settings>;
