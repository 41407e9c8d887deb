import { type Profile, plainPin, type TcpAddress, trustFromOptions } from '@consolemesh/driver-sdk';
import { ENCODING, encodePixelFormat, SECURITY } from '@consolemesh/rfb';
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
 * breaks on extensions that it does not know; older ones break off at 32 bits per pixel. Source: novnc/noVNC#385 and #712, kelleyk/noVNC
 * commit c5e4b79.
 */
export function profileOf({ info }: DracNode): Profile {
  const { Hextile, RRE, Raw, DesktopSize, Cursor } = ENCODING;
  const common = {
    allowedEncodings: [Hextile, RRE, Raw, DesktopSize, Cursor],
    // One place, or two: nobody who looks throws another one out.
    forceShared: true,
    allowedSecurityTypes: [SECURITY.VNC.number],
  };
  if (info.drac_vnc_bits === 32) return { ...common, path: 'splice' };
  return { ...common, path: 'transcode', forcedPixelFormat: encodePixelFormat(nativePixelFormat) };
}

/** 16 bits, depth 15, little-endian, five bits a colour: what the server announces. Source: novnc/noVNC#385. */
const nativePixelFormat = {
  bitsPerPixel: 16,
  depth: 15,
  bigEndian: false,
  trueColour: true,
  redMax: 31,
  greenMax: 31,
  blueMax: 31,
  redShift: 10,
  greenShift: 5,
  blueShift: 0,
} as const;
