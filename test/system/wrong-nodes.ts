import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consolemeshHere } from './docker.ts';
import { canary } from './known-secrets.ts';

/** A node whose credentials are wrong, so that its BMC refuses them and says so. */
export interface WrongNode {
  readonly name: string;
  readonly kind: 'graphical' | 'serial';
  /** Options of `node create`. */
  readonly options: readonly string[];
  /** Fields of `driver_secrets` whose values are made up. */
  readonly madeUp: readonly string[];
  /** File of the volume `secrets` with the right `redfish_password`, where that is not made up. */
  readonly right?: string;
}

/** One for each way to show a BMC a secret. */
export const wrongNodes: readonly WrongNode[] = [
  {
    name: 'wrong-1',
    kind: 'graphical',
    options: infos({ drac_address: 'bmc-idrac-wsman', drac_port: '8443', drac_username: 'root' }),
    madeUp: ['drac_password'],
  },
  {
    name: 'wrong-sol',
    kind: 'serial',
    options: ['--serial', 'ipmi-sol', ...ipmiAt('bmc-vnc')],
    madeUp: ['ipmi_password'],
  },
  {
    name: 'wrong-socat',
    kind: 'serial',
    options: ['--serial', 'ipmi-socat', ...ipmiAt('bmc-idrac-wsman')],
    madeUp: ['ipmi_password', 'ipmi_hex_kg_key'],
  },
  { name: 'wrong-redfish', kind: 'serial', options: redfishBy('websocket'), madeUp: ['redfish_password'] },
  {
    name: 'wrong-ssh',
    kind: 'serial',
    options: [...redfishBy('ssh'), ...infos({ redfish_ssh_verify: 'none' })],
    madeUp: ['redfish_ssh_password'],
    right: 'nodes/bmc-openbmc.password',
  },
];

/** Makes a node with wrong credentials, and does with it what a user would who does not know. `files`: those of the volume `secrets`. */
export async function tryInVain(
  { name, kind, options, madeUp, right }: WrongNode,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const authority = { [kind === 'graphical' ? 'drac_ca' : 'redfish_ca']: files['machines/ca.pem']! };
  const scratch = await mkdtemp(join(tmpdir(), 'consolemesh-canary-'));
  const given = async (field: string, secret: string) => {
    const file = join(scratch, randomBytes(6).toString('hex'));
    await writeFile(file, secret, { mode: 0o600 });
    return ['--secret', `${field}=@${file}`];
  };
  try {
    // Of a stack that was kept.
    await deleteWrong(name);
    const secret = [
      ...madeUp.map((field) => given(field, canary(`${field} of ${name}`))),
      ...(right ? [given('redfish_password', files[right]!)] : []),
    ];
    const secrets = (await Promise.all(secret)).flat();
    await consolemeshHere('node', 'create', name, ...options, ...infos(authority), ...secrets);
    await consolemeshHere('console', 'enable', name, '--kind', kind, '--wait', '30s').catch(() => {});
    await consolemeshHere('node', 'validate', name, '--reachability').catch(() => {});
    await consolemeshHere('doctor', name).catch(() => {});
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Deletes such a node, if it is there. */
export async function deleteWrong(name: string): Promise<void> {
  await consolemeshHere('node', 'delete', name, '--force').catch(() => {});
}

function infos(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => ['--info', `${key}=${value}`]);
}

function ipmiAt(address: string): string[] {
  return infos({ ipmi_address: address, ipmi_port: '6230', ipmi_username: 'root' });
}

function redfishBy(transport: string): string[] {
  const info = {
    redfish_address: 'https://bmc-openbmc:8443',
    redfish_username: 'root',
    redfish_serial_transport: transport,
  };
  return ['--serial', 'redfish-serial', ...infos(info)];
}
