import type { LoginPurpose } from '@consolemesh/driver-sdk';
import type { DracNode } from './options.ts';

/** The option that a refusal by a VNC server is about whose password the node gives. */
export const vncPasswordField = 'driver_secrets.drac_vnc_password';

/**
 * An iDRAC has two logins: the user's at its web server, and the password of its VNC server. Without a `drac_vnc_password` the latter is
 * the console's own, and no refusal of it says anything about the node.
 */
export function credentialsOf(
  { info, secrets }: DracNode,
  purpose: LoginPurpose,
): Readonly<Record<string, unknown>> {
  const web = { 'driver_secrets.drac_password': [info.drac_username, secrets.drac_password] };
  const vnc =
    secrets.drac_vnc_password === undefined ? {} : { [vncPasswordField]: secrets.drac_vnc_password };
  switch (purpose) {
    case 'machine':
      return web;
    case 'start':
    case 'look':
      return { ...web, ...vnc };
    case 'stream':
      return vnc;
  }
}
