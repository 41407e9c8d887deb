// The one-shot service `setup` of docker-compose.yml: writes what each service has to know and no other may, into the volume `secrets`.
// A folder for each service, which its user alone can read; in it certificates by `consolemesh certs`, and passwords and keys by chance.
// What is there stays, but certificates that end within a month are issued anew: `docker compose up` again is all that renewing takes.
import { spawnSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Users as in docker-compose.yml. */
const users = {
  postgres: 999,
  balancer: 6090,
  admin: 7000,
  nodes: 7001,
  conductor: 7110,
  token: 7120,
  novncproxy: 7131,
  serialproxy: 7132,
  'container-provider': 7140,
  'bmc-driver': 7150,
  collector: 4317,
  grafana: 472,
  'bmc-vnc': 5900,
  'bmc-idrac-wsman': 5901,
  'bmc-idrac-redfish': 5902,
  'bmc-openbmc': 5903,
};
const secrets = '/run/secrets';
const month = 30 * 86_400_000;

// Services of the mesh prove themselves to each other, machines to the drivers: two authorities, so that no machine passes for a service.
authority('mesh', 'consolemesh.local');
authority('machines', 'machines.consolemesh.local');
for (const name of [
  'conductor',
  'token',
  'novncproxy',
  'serialproxy',
  'container-provider',
  'bmc-driver',
  'postgres',
  'collector',
])
  certificate('mesh', `service/${name}`, name);
certificate('mesh', 'user/admin', 'admin');
certificate('mesh', 'user/nodes', 'nodes');
for (const name of ['bmc-vnc', 'bmc-idrac-wsman', 'bmc-idrac-redfish', 'bmc-openbmc'])
  certificate('machines', `service/${name}`, name);
put('balancer', 'ca.pem', read('mesh', 'ca.pem'));
put('nodes', 'machines.pem', read('machines', 'ca.pem'));

for (const name of ['conductor', 'token']) {
  const password = once('postgres', `${name}.password`, random);
  const folder = join(secrets, name);
  const tls = `sslmode=verify-full&sslrootcert=${folder}/ca.pem&sslcert=${folder}/tls.pem&sslkey=${folder}/tls.key`;
  put(name, 'database-url', `postgres://${name}:${password}@postgres:5432/${name}?${tls}`);
}
once('conductor', 'key-ring', () => `compose-1:${randomBytes(32).toString('base64')}`);

// A VNC password has eight characters.
put(
  'bmc-vnc',
  'password',
  once('nodes', 'bmc-vnc.password', () => random().slice(0, 8)),
);
// IPMI knows passwords of at most 20 characters.
const root = (password) => `root:administrator:${once('nodes', password, random)}`;
put('bmc-vnc', 'users', root('bmc-vnc.ipmi-password'));
for (const name of ['bmc-idrac-wsman', 'bmc-idrac-redfish', 'bmc-openbmc'])
  put(name, 'users', root(`${name}.password`));

once('grafana', 'password', random);

// PostgreSQL makes its files itself, drivers make theirs.
for (const [folder, user] of [
  ['/data', users.postgres],
  ['/console-logs', users['bmc-driver']],
]) {
  chownSync(folder, user, user);
  chmodSync(folder, 0o700);
}
console.log('certificates and secrets are in place');

function authority(name, trustDomain) {
  const folder = join(secrets, name);
  if (!existsSync(join(folder, 'ca.pem')))
    certs('init', folder, '--days', '3650', '--trust-domain', trustDomain);
}

function certificate(from, identity, name) {
  const folder = join(secrets, from);
  const file = join(folder, identity.replace('/', '-'));
  const ends = existsSync(`${file}.pem`) ? new X509Certificate(readFileSync(`${file}.pem`)).validTo : 0;
  if (new Date(ends).getTime() - Date.now() < month)
    certs('issue', folder, identity, '--dns', name, '--days', '365', '--replace');
  put(name, 'ca.pem', read(from, 'ca.pem'));
  put(name, 'tls.pem', readFileSync(`${file}.pem`, 'utf8'));
  put(name, 'tls.key', readFileSync(`${file}.key`, 'utf8'));
}

function certs(...args) {
  const { status, stderr } = spawnSync(process.execPath, ['/app/service/src/main.ts', 'certs', ...args], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  console.error(`setup: consolemesh certs ${args[0]}: ${stderr.trim()}`);
  process.exit(1);
}

/** A secret that is made once; answers it. */
function once(owner, name, make) {
  const file = join(secrets, owner, name);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : make();
  put(owner, name, text);
  return text;
}

/** Writes a file that its owner can read and nobody can change. Renamed into place: a service that starts meanwhile finds all or nothing. */
function put(owner, name, text) {
  const folder = join(secrets, owner);
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.new`, text, { mode: 0o400 });
  chownSync(`${file}.new`, users[owner], users[owner]);
  renameSync(`${file}.new`, file);
  chownSync(folder, users[owner], users[owner]);
  chmodSync(folder, 0o700);
}

function read(folder, name) {
  return readFileSync(join(secrets, folder, name), 'utf8');
}

/** 120 bits in twenty characters, the most that an iDRAC takes; none of them means anything in a URL or in SQL. */
function random() {
  return randomBytes(15).toString('base64url');
}
