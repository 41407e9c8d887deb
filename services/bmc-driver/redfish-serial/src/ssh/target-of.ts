import { formatHostPort } from '@consolemesh/driver-sdk';
import type { SshConsole } from '../found.ts';
import { passwordField } from '../in-words.ts';
import { addressOf, type RedfishNode, type SshVerify } from '../options.ts';
import type { Timings } from '../timings.ts';
import type { SshTarget } from './ssh-target.ts';

/** How a node's host key is judged. */
export function verifyOf({ info }: RedfishNode): SshVerify {
  return info.redfish_ssh_verify ?? 'pin';
}

/** The option that a refusal by the SSH server is about. */
export const sshPasswordField = 'driver_secrets.redfish_ssh_password';

/** User and password for the SSH server, and the option that they come from. */
export function sshLoginOf({ info, secrets }: RedfishNode) {
  const username = info.redfish_ssh_username ?? info.redfish_username;
  const { redfish_ssh_password: own, redfish_password: shared } = secrets;
  const same = own === undefined && username === info.redfish_username;
  return { username, password: own ?? shared, passwordField: same ? passwordField : sshPasswordField };
}

/** Where a node's SSH console is, and who is trusted there. */
export function targetOf(node: RedfishNode, found: SshConsole, timings: Timings): SshTarget {
  const { host } = addressOf(node);
  const verify = verifyOf(node);
  const { redfish_ssh_host_key: pinned, redfish_ssh_algorithms: algorithms } = node.info;
  const trust = {
    pin: { hostKeys: pinned ?? '', hostKeyFrom: pinned === undefined ? 'nowhere' : 'redfish_ssh_host_key' },
    'first-use': { hostKeys: found.hostKey, hostKeyFrom: 'first use' },
    none: { hostKeys: undefined, hostKeyFrom: 'nowhere' },
  } as const;
  return {
    host,
    port: found.port,
    where: formatHostPort(host, found.port),
    ...sshLoginOf(node),
    ...trust[verify],
    algorithms,
    loginMs: timings.requestMs,
    keepaliveMs: timings.keepaliveMs,
  };
}
