// The one-shot service `nodes` of docker-compose.yml: makes the simulated machines known to the mesh, by the command line as a person would,
// opens one of their consoles, and prints what to open and what the command line needs.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const secrets = '/run/secrets/nodes';
const authority = readFileSync(`${secrets}/machines.pem`, 'utf8');
const deadline = Date.now() + 60_000;
const ipmi = (address) => ({ ipmi_address: address, ipmi_port: '6230', ipmi_username: 'root' });
const idrac = (address) => ({
  info: {
    ...{ drac_address: address, drac_port: '8443', drac_username: 'root', drac_ca: authority },
    ...ipmi(address),
  },
  secret: {
    drac_password: `@${secrets}/${address}.password`,
    ipmi_password: `@${secrets}/${address}.password`,
  },
});
/** Each driver for serial consoles has one at least; that of vnc-1 is recorded. */
const nodes = {
  'vnc-1': {
    info: {
      ...{ vnc_address: 'bmc-vnc', vnc_security: 'x509-vnc', vnc_ca: authority },
      ...{ ...ipmi('bmc-vnc'), console_log: 'true' },
    },
    secret: {
      vnc_password: `@${secrets}/bmc-vnc.password`,
      ipmi_password: `@${secrets}/bmc-vnc.ipmi-password`,
    },
  },
  'idrac-1': idrac('bmc-idrac-wsman'),
  'idrac-2': { ...idrac('bmc-idrac-redfish'), serial: 'ipmi-socat' },
  'openbmc-1': {
    info: { redfish_address: 'https://bmc-openbmc:8443', redfish_username: 'root', redfish_ca: authority },
    secret: { redfish_password: `@${secrets}/bmc-openbmc.password` },
    graphical: 'none',
    serial: 'redfish-serial',
  },
};
const drivers = ['vnc', 'idrac-wsman', 'ipmi-sol', 'ipmi-socat', 'redfish-serial'];

// Conductors look for drivers every few seconds.
await until('the drivers', () => {
  const seen = JSON.parse(consolemesh('driver', 'list', '-o', 'json').stdout || '[]');
  return drivers.every((name) => seen.some((driver) => driver.name === name));
});
for (const [name, { info, secret, ...interfaces }] of Object.entries(nodes)) {
  if (consolemesh('node', 'show', name).status === 0) continue;
  const named = Object.entries(interfaces).flatMap(([kind, driver]) => [`--${kind}`, driver]);
  must('node', 'create', name, ...pairs('--info', info), ...pairs('--secret', secret), ...named);
}
const [screen, serial] = ['graphical', 'serial'].map((kind) => {
  must('console', 'enable', 'vnc-1', '--kind', kind, '--wait', '60s');
  return must('console', 'url', 'vnc-1', '--kind', kind, '--quiet').stdout.trim();
});

console.log(`
Open ${screen}
 and ${serial}
  screen and serial console of the simulated machine vnc-1; good for ten minutes, then:
  docker compose run --rm cli console url vnc-1 [--kind serial]

The command line, in a container:
  docker compose run --rm cli node list
  docker compose run --rm cli console enable idrac-1 --wait
  docker compose run --rm cli console url idrac-1

The machines are vnc-1, idrac-1, idrac-2 and, with a serial console alone, openbmc-1. What the serial console of vnc-1 says is recorded:
  docker compose run --rm cli console log vnc-1

and on this machine:
  docker compose cp nodes:/run/secrets/admin/. .consolemesh
  export CONSOLEMESH_API=${process.env.PUBLISHED_API} CONSOLEMESH_TOKEN_API=${process.env.PUBLISHED_TOKEN_API}
  export CONSOLEMESH_TLS_CA_FILE=$PWD/.consolemesh/ca.pem
  export CONSOLEMESH_TLS_CERTIFICATE_FILE=$PWD/.consolemesh/tls.pem CONSOLEMESH_TLS_KEY_FILE=$PWD/.consolemesh/tls.key
`);

function pairs(option, values) {
  return Object.entries(values).flatMap(([key, value]) => [option, `${key}=${value}`]);
}

function must(...args) {
  const done = consolemesh(...args);
  if (done.status === 0) return done;
  console.error(`nodes: consolemesh ${args.slice(0, 3).join(' ')}: ${done.stderr.trim()}`);
  process.exit(1);
}

function consolemesh(...args) {
  return spawnSync(process.execPath, ['/app/service/src/main.ts', ...args], { encoding: 'utf8' });
}

async function until(what, test) {
  while (!test()) {
    if (Date.now() > deadline) {
      console.error(
        `nodes: the conductors do not see ${what}; docker compose logs conductor-1 conductor-2 says why`,
      );
      process.exit(1);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
