// The one-shot service `nodes` of docker-compose.yml: makes the simulated machines known to the mesh, by the command line as a person would,
// opens one of their consoles, and prints what to open and what the command line needs.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const secrets = '/run/secrets/nodes';
const authority = readFileSync(`${secrets}/machines.pem`, 'utf8');
/** A machine that has just started everything may be slow. */
const deadline = Date.now() + 180_000;
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
  const isThere = () => consolemesh('node', 'show', name).status === 0;
  if (isThere()) continue;
  const named = Object.entries(interfaces).flatMap(([kind, driver]) => [`--${kind}`, driver]);
  await must(
    ['node', 'create', name, ...pairs('--info', info), ...pairs('--secret', secret), ...named],
    isThere,
  );
}
const urls = [];
for (const kind of ['graphical', 'serial']) {
  await must(['console', 'enable', 'vnc-1', '--kind', kind, '--wait', '60s']);
  urls.push((await must(['console', 'url', 'vnc-1', '--kind', kind, '--quiet'])).stdout.trim());
}
const [screen, serial] = urls;

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

/** Runs a command, again while the mesh does not answer in time. `isDone`: it was carried out though its answer did not come. */
async function must(args, isDone = () => false) {
  for (;;) {
    const done = consolemesh(...args);
    if (done.status === 0) return done;
    if (!/UNAVAILABLE\)/.test(done.stderr) || Date.now() > deadline) {
      console.error(`nodes: consolemesh ${args.slice(0, 3).join(' ')}: ${done.stderr.trim()}`);
      process.exit(1);
    }
    await pause();
    if (isDone()) return done;
  }
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
    await pause();
  }
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 1_000));
}
