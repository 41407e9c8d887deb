import { address, choice, defineSettings, duration, type SettingsOf, text } from '@consolemesh/config';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the fake driver. */
export const settings = defineSettings('bmc-driver-fake', {
  listen: address({
    env: 'CONSOLEMESH_LISTEN',
    default: '127.0.0.1:7150',
    doc: 'Where gRPC is served; port 0 takes a free one.',
  }),
  advertise: text({
    env: 'CONSOLEMESH_ADVERTISE',
    optional: true,
    pattern: /[a-z0-9.+-]+:\S+/,
    expects: 'a gRPC target URI such as dns:///host:7150',
    doc: 'gRPC target that reaches this very instance from the conductors and proxies; unset means the listening address.',
  }),
  affinity: choice({
    env: 'CONSOLEMESH_FAKE_AFFINITY',
    choices: ['none', 'instance'],
    default: 'none',
    doc: 'Affinity that the driver claims.',
  }),
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
