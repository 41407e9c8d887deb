import { address, choice, defineSettings, duration, type SettingsOf, text } from '@consolemesh/config';
import { meshSettings } from '@consolemesh/mesh';

/** Settings of the fake provider. */
export const settings = defineSettings('container-provider-fake', {
  listen: address({
    env: 'CONSOLEMESH_LISTEN',
    default: '127.0.0.1:7140',
    doc: 'Where gRPC is served; port 0 takes a free one.',
  }),
  advertise: text({
    env: 'CONSOLEMESH_ADVERTISE',
    optional: true,
    pattern: /[a-z0-9.+-]+:\S+/,
    expects: 'a gRPC target URI such as dns:///host:7140',
    doc: 'gRPC target that reaches this very instance from the conductors and proxies; unset means the listening address.',
  }),
  affinity: choice({
    env: 'CONSOLEMESH_FAKE_AFFINITY',
    choices: ['none', 'instance'],
    default: 'instance',
    doc: 'Affinity that the provider claims.',
  }),
  readyTimeout: duration({
    env: 'CONSOLEMESH_READY_TIMEOUT',
    default: '120s',
    min: '1s',
    max: '1h',
    doc: 'How long a container’s VNC server may take to answer.',
  }),
  ...meshSettings,
});

export type Config = SettingsOf<typeof settings>;
