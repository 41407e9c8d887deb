import { type Profile, plainPin, type TcpAddress, trustFromOptions } from '@consolemesh/driver-sdk';
import { ENCODING, SECURITY } from '@consolemesh/rfb';
import type { DracNode } from './options.ts';
import type { DriverState } from './states.ts';

/** Where an iDRAC's VNC server is and how to speak to it. TLS begins with the first byte, before RFB does. */
export function addressOf(
  { info }: DracNode,
  { port, tls, password }: Pick<DriverState, 'port' | 'tls' | 'password'>,
): TcpAddress {
  const host = info.drac_address;
  const trust = trustFromOptions('drac', { ...info }, host);
  const pinned = info.drac_vnc_pin && { verify: 'pin' as const, sha256Pin: plainPin(info.drac_vnc_pin) };
  return {
    host,
    port,
    password,
    ...(tls && { tls: { mode: 'from-first-byte', ...trust, ...pinned } }),
  };
}

/**
 * What an iDRAC's VNC server ("OpenVNC") bears. It sends no picture at all when CopyRect, Tight or TightPNG lead the viewer's list, and
 * breaks on extensions that it does not know. Older ones announce 16 bits per pixel and break off when a viewer asks for 32: `transcode`
 * leaves every one at the format that it announces. Source: novnc/noVNC#385 and #712, kelleyk/noVNC commit c5e4b79.
 */
export const profile: Profile = {
  allowedEncodings: [ENCODING.Hextile, ENCODING.RRE, ENCODING.Raw, ENCODING.DesktopSize, ENCODING.Cursor],
  path: 'transcode',
  // One place, or two: nobody who looks throws another one out.
  forceShared: true,
  allowedSecurityTypes: [SECURITY.VNC.number],
};
