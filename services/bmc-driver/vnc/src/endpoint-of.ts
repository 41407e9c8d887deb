import type { Profile, TcpAddress } from '@consolemesh/driver-sdk';
import { SECURITY } from '@consolemesh/rfb';
import type { VncNode } from './options.ts';
import { parseSecurity } from './parse-security.ts';

/** Where a node's VNC server is, how to speak to it and what it bears. */
export function endpointOf({ info, secrets }: VncNode): { address: TcpAddress; profile: Profile } {
  const security = parseSecurity(info.vnc_security);
  const asked = info.vnc_verify ?? (info.vnc_pin ? 'pin' : info.vnc_ca ? 'ca' : 'system');
  // Anonymous TLS has no certificate: whoever looks at the console is told that nothing was verified.
  const verify = security.anonymous ? 'none' : asked;
  return {
    address: {
      host: info.vnc_address,
      port: info.vnc_port,
      username: info.vnc_username,
      password: secrets.vnc_password,
      tls: {
        mode: security.mode,
        verify,
        ca: info.vnc_ca,
        sha256Pin: info.vnc_pin?.replaceAll(':', '').toLowerCase(),
        serverName: info.vnc_server_name ?? info.vnc_address.replace(/%.*$/, ''),
        minVersion: info.vnc_tls_minimum,
      },
    },
    profile: {
      // Many servers throw everybody else out when a client does not share.
      forceShared: true,
      path: 'splice',
      allowedSecurityTypes: security.allowed.map((name) => SECURITY[name].number),
    },
  };
}
