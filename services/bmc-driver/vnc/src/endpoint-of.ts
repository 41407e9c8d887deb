import { type Profile, type TcpAddress, trustFromOptions } from '@consolemesh/driver-sdk';
import { SECURITY } from '@consolemesh/rfb';
import type { VncNode } from './options.ts';
import { parseSecurity } from './parse-security.ts';

/** Where a node's VNC server is, how to speak to it and what it bears. */
export function endpointOf({ info, secrets }: VncNode): { address: TcpAddress; profile: Profile } {
  const security = parseSecurity(info.vnc_security);
  const trust = trustFromOptions('vnc', { ...info }, info.vnc_address);
  return {
    address: {
      host: info.vnc_address,
      port: info.vnc_port,
      username: info.vnc_username,
      password: secrets.vnc_password,
      tls: {
        ...trust,
        mode: security.mode,
        // Anonymous TLS has no certificate: whoever looks at the console is told that nothing was verified.
        verify: security.anonymous ? 'none' : trust.verify,
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
