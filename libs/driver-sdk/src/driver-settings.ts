import { address, duration, integer, text } from '@consolemesh/config';

/** Settings that every driver has; a driver adds its own and those of the mesh. */
export const driverSettings = {
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
  checkInterval: duration({
    env: 'CONSOLEMESH_CHECK_INTERVAL',
    default: '60s',
    min: '5s',
    max: '1h',
    doc: 'Time between two looks at a watched console.',
  }),
  maxChecks: integer({
    env: 'CONSOLEMESH_MAX_CHECKS',
    default: 16,
    min: 1,
    max: 1000,
    doc: 'Looks that run at once.',
  }),
};
