import { choice, defineSettings, duration, filePath, list, type SettingsOf, text } from '@consolemesh/config';
import { consoleLogSettings, driverSettings } from '@consolemesh/driver-sdk';
import { meshSettings } from '@consolemesh/mesh';
import { parsePortRange } from './settings/port-ranges.ts';

const ipAddress = { pattern: /\[?[0-9A-Fa-f.:]+\]?/, expects: 'an IP address of this host' };

/** Settings of the driver for socat and ipmitool. */
export const settings = defineSettings('bmc-driver-ipmi-socat', {
  ...driverSettings,
  ...consoleLogSettings,
  address: text({
    env: 'CONSOLEMESH_SOCAT_ADDRESS',
    default: '127.0.0.1',
    ...ipAddress,
    doc: 'Where each socat listens. Whoever can connect there has the consoles: there is neither password nor TLS, which is what nova-serialproxy expects.',
  }),
  advertisedHost: text({
    env: 'CONSOLEMESH_SOCAT_ADVERTISE',
    optional: true,
    pattern: /[A-Za-z0-9_.:-]+/,
    expects: 'a host name or an IP address, an IPv6 address without brackets',
    doc: 'Host that the address for Nova names; unset means CONSOLEMESH_SOCAT_ADDRESS. Needed where that is 0.0.0.0 or ::.',
  }),
  portRange: list({
    env: 'CONSOLEMESH_SOCAT_PORT_RANGE',
    default: '10000:11000',
    item: parsePortRange,
    expects: 'segments such as 10000:10100, whose end does not belong to them',
    doc: 'Ports for consoles whose node has no `ipmi_terminal_port`.',
  }),
  idleTimeout: duration({
    env: 'CONSOLEMESH_SOCAT_IDLE_TIMEOUT',
    default: '0',
    max: '7d',
    doc: 'A connection on which nothing happened for so long is closed (`socat -T`); 0 never. Also the one that the viewers of the mesh share.',
  }),
  startTimeout: duration({
    env: 'CONSOLEMESH_SOCAT_START_TIMEOUT',
    default: '10s',
    min: '1s',
    max: '1m',
    doc: 'How long a socat may take until it listens.',
  }),
  checkEvery: duration({
    env: 'CONSOLEMESH_SOCAT_CHECK_INTERVAL',
    default: '1s',
    min: '10ms',
    max: '1m',
    doc: 'Time between two looks at the processes: while they start, and whether adopted ones still run.',
  }),
  killTimeout: duration({
    env: 'CONSOLEMESH_SOCAT_KILL_TIMEOUT',
    default: '3s',
    min: '10ms',
    max: '20s',
    doc: 'How long processes may take to end by themselves, which gives the console back to the BMC, before they are killed.',
  }),
  runtimeFolder: filePath({
    env: 'CONSOLEMESH_SOCAT_RUNTIME_FOLDER',
    optional: true,
    doc: 'Where passwords (0600) and process ids are kept while consoles stand. Unset: systemd’s RUNTIME_DIRECTORY, else the first of XDG_RUNTIME_DIR, /run and /dev/shm that is in memory and can be written to, else the folder for temporary files.',
  }),
  adopt: choice({
    env: 'CONSOLEMESH_SOCAT_ADOPT',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    doc: 'Whether consoles outlive a restart of this service and are taken over by it. `auto`: when systemd started it; in a container nothing outlives it anyway.',
  }),
  adoptWithin: duration({
    env: 'CONSOLEMESH_SOCAT_ADOPT_WITHIN',
    default: '15m',
    min: '1s',
    max: '1d',
    doc: 'Consoles of an earlier run that no conductor asks for in this time are ended.',
  }),
  ...meshSettings,
});

export type Config = SettingsOf<typeof settings>;
