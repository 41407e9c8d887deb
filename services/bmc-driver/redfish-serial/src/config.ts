import { defineSettings, type SettingsOf } from '@consolemesh/config';
import { driverSettings } from '@consolemesh/driver-sdk';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the driver for serial consoles that Redfish names. */
export const settings = defineSettings('bmc-driver-redfish-serial', { ...driverSettings, ...meshSettings });

export type Config = SettingsOf<typeof settings>;
