import { defineSettings, type SettingsOf } from '@consolemesh/config';
import { driverSettings } from '@consolemesh/driver-sdk';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the driver for VNC servers. */
export const settings = defineSettings('bmc-driver-vnc', { ...driverSettings, ...meshSettings });

export type Config = SettingsOf<typeof settings>;
