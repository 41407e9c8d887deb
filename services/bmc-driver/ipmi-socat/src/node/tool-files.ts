import { type IpmiNode, kgOf } from './options.ts';

/** The files beside the script from which ipmitool is run; each 0600. */
export interface ToolFiles {
  /** One argument in each line: they pass through no shell and through no grammar of socat. */
  readonly arguments: string;
  /** What `-f` reads. */
  readonly password: Buffer;
  /** What the script puts into the environment of ipmitool alone; empty when there is no K_g. */
  readonly key: Buffer;
}

/** Says how ipmitool is called for a node. `folder`: where the files will be. */
export function toolFilesOf({ info, secrets }: IpmiNode, folder: string): ToolFiles {
  const key = kgOf(secrets.ipmi_hex_kg_key ?? '');
  const words = ['-v', '-I', 'lanplus', '-H', info.ipmi_address, '-p', `${info.ipmi_port}`];
  const option = (letter: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') words.push(letter, `${value}`);
  };
  option('-U', info.ipmi_username);
  option('-L', info.ipmi_priv_level);
  if (info.ipmi_cipher_suite !== 'auto') option('-C', info.ipmi_cipher_suite);
  if (info.ipmi_bridging !== 'no') {
    option('-m', info.ipmi_local_address);
    option('-b', info.ipmi_target_channel);
    option('-t', info.ipmi_target_address);
    if (info.ipmi_bridging === 'dual') {
      option('-B', info.ipmi_transit_channel);
      option('-T', info.ipmi_transit_address);
    }
  }
  option('-f', `${folder}/password`);
  if (key.length > 0) words.push('-K');
  // Of an empty file ipmitool says that it cannot read it; a zero byte is an empty password.
  const password = Buffer.from(secrets.ipmi_password || '\0', 'utf8');
  return { arguments: words.map((word) => `${word}\n`).join(''), password, key };
}
