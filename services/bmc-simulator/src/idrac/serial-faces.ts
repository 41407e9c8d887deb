import { type IpmiFace, type IpmiFaceOptions, startIpmiFace } from '../ipmi/start-ipmi-face.ts';
import { type SshFace, type SshFaceOptions, startSshFace } from '../ssh/start-ssh-face.ts';
import type { IdracAttributes } from './attributes/create-idrac-attributes.ts';
import { firmwareVersion } from './attributes/table.ts';
import type { Bmc } from './bmc/create-bmc.ts';
import type { IdracUser } from './bmc/types.ts';
import { consoleCommand } from './redfish/resource.ts';

export interface SerialFacesOptions {
  /** IPMI with the card's users: `IPMILan.1#Enable` is Enabled at first then and, as `IPMISOL.1#Enable`, followed. None unless told. */
  ipmi?: Omit<IpmiFaceOptions, 'users'> | undefined;
  /** SSH with the card's users: a command line, `console com2` leads to the serial line, Ctrl-\ back. None unless told. */
  ssh?: SshFaceOptions | undefined;
  /** Of IPMI; SSH asks the card. */
  users?: readonly IdracUser[] | undefined;
  host?: string | undefined;
}

/** What leads to the serial line of an iDRAC's server. */
export interface SerialFaces extends AsyncDisposable {
  readonly ipmi: IpmiFace | undefined;
  readonly ssh: SshFace | undefined;
}

export const lanEnable = 'IPMILan.1#Enable';
const solEnable = 'IPMISOL.1#Enable';

/** @throws when an address cannot be listened on */
export async function startSerialFaces(options: SerialFacesOptions, bmc: Bmc): Promise<SerialFaces> {
  const ipmi = options.ipmi && (await startIpmi(options, options.ipmi, bmc));
  const following = ipmi && followIpmi(bmc.attributes, ipmi);
  const stop = async () => {
    following?.[Symbol.dispose]();
    await ipmi?.[Symbol.asyncDispose]();
  };
  const ssh =
    options.ssh &&
    (await startSsh(options, options.ssh, bmc).catch((error) => stop().then(() => Promise.reject(error))));
  Object.assign(bmc.serialPorts, {
    ...(ipmi && { ipmi: ipmi.address.port }),
    ...(ssh && { ssh: ssh.address.port }),
  });
  return {
    ipmi,
    ssh,
    async [Symbol.asyncDispose]() {
      await ssh?.[Symbol.asyncDispose]();
      await stop();
    },
  };
}

function startIpmi(
  { users, host = '127.0.0.1' }: SerialFacesOptions,
  ipmi: IpmiFaceOptions,
  { machine, generation, clock }: Bmc,
): Promise<IpmiFace> {
  const [major = 0, minor = 0] = firmwareVersion(generation).split('.').map(Number);
  const device = { manufacturer: dell, product: 0x0100, firmware: { major, minor }, ...ipmi.device };
  return startIpmiFace(machine, clock, { listen: { host, port: 0 }, ...ipmi, users, device });
}

function startSsh(
  { host = '127.0.0.1' }: SerialFacesOptions,
  ssh: SshFaceOptions,
  bmc: Bmc,
): Promise<SshFace> {
  const kind = {
    users: () => bmc.logins.users,
    commandLine: { prompt: 'racadm>>', entry: consoleCommand },
    hotKey: '\x1c',
    maxConsoles: 1,
  };
  return startSshFace(bmc.machine, bmc.clock, kind, { listen: { host, port: 0 }, ...ssh });
}

/** Dell's IANA enterprise number. */
const dell = 674;

function followIpmi(attributes: IdracAttributes, ipmi: IpmiFace): Disposable {
  const enabled = (name: string) => attributes.current(name) !== 'Disabled';
  const follow = () => {
    ipmi.lan = enabled(lanEnable);
    ipmi.sol = enabled(solEnable);
  };
  follow();
  return attributes.onChange((names) => {
    if (names.includes(lanEnable) || names.includes(solEnable)) follow();
  });
}
