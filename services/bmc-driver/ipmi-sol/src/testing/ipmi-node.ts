import type { IpmiInfo, IpmiNode, IpmiSecrets } from '../options.ts';

/** A node as the schema's defaults make it. */
export function ipmiNode(info: Partial<IpmiInfo> = {}, secrets: Partial<IpmiSecrets> = {}): IpmiNode {
  return {
    id: 'n',
    name: 'rack1-u7',
    info: {
      ipmi_address: '192.0.2.7',
      ipmi_port: 623,
      ipmi_username: 'consoles',
      ipmi_priv_level: 'ADMINISTRATOR',
      ipmi_cipher_suite: 'auto',
      ipmi_quirks: 'auto',
      ipmi_sol_encrypt: 'required',
      ipmi_sol_hold: 'viewers',
      ipmi_sol_take_over: 'stale',
      ipmi_sol_reclaim: 'idle',
      ipmi_keepalive_seconds: 15,
      ipmi_protocol_version: '2.0',
      ipmi_bridging: 'no',
      ...info,
    },
    secrets: { ipmi_password: 'pinewood', ...secrets },
  };
}
