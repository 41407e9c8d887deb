import { choice, defineSettings, duration, type SettingsOf } from '@consolemesh/config';
import { consoleLogSettings, driverSettings } from '@consolemesh/driver-sdk';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the fake driver. */
export const settings = defineSettings('bmc-driver-fake', {
  ...driverSettings,
  ...consoleLogSettings,
  affinity: choice({
    env: 'CONSOLEMESH_FAKE_AFFINITY',
    choices: ['none', 'instance'],
    default: 'none',
    doc: 'Affinity that the driver claims.',
  }),
  // What is made up bears to be looked at as often as a test wants.
  checkInterval: duration({
    env: 'CONSOLEMESH_CHECK_INTERVAL',
    default: '60s',
    min: '100ms',
    max: '1h',
    doc: 'Time between two looks at a watched console.',
  }),
  ...meshSettings,
});

export type Config = SettingsOf<typeof settings>;
