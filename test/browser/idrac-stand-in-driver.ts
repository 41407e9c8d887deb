import { X509Certificate } from 'node:crypto';
import { type Driver, type Profile, type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { ENCODING, encodePixelFormat, PIXEL_FORMAT } from '@consolemesh/rfb';
import { idracCertificate, vncPassword } from './idrac-machines.ts';

/** What the VNC server of an iDRAC bears: few encodings, nothing negotiated beyond them, its own pixel format. */
export const idracProfile: Profile = {
  allowedEncodings: [ENCODING.Hextile, ENCODING.RRE, ENCODING.Raw, ENCODING.DesktopSize, ENCODING.Cursor],
  forbiddenEncodings: [
    ENCODING.CopyRect,
    ENCODING.Tight,
    ENCODING.TightPng,
    ENCODING.ZRLE,
    ENCODING.JPEG,
    ENCODING.Zlib,
    ENCODING.OpenH264,
    ENCODING.QemuExtendedKey,
    ENCODING.Xvp,
    ENCODING.Fence,
    ENCODING.ContinuousUpdates,
    ENCODING.ExtendedMouseButtons,
    ENCODING.ExtendedClipboard,
  ],
  forcedPixelFormat: encodePixelFormat(PIXEL_FORMAT.rgb555),
  forceShared: true,
  path: 'transcode',
  allowedSecurityTypes: [2],
};

interface Info {
  readonly idrac_port: number;
  readonly idrac_tls: boolean;
  readonly idrac_rgb555: boolean;
}

const { fingerprint256 } = new X509Certificate(idracCertificate.cert);

/** Makes endpoints for simulated iDRACs on 127.0.0.1 whose VNC servers are enabled already. */
const driver: Driver<Info> = {
  options: {
    driver_info: {
      type: 'object',
      required: ['idrac_port'],
      properties: {
        idrac_port: {
          type: 'integer',
          description: 'TCP port of its VNC server.',
          minimum: 1,
          maximum: 65535,
        },
        idrac_tls: { type: 'boolean', description: 'TLS from the first byte.', default: false },
        idrac_rgb555: {
          type: 'boolean',
          description: 'Ask for 16 bits a pixel instead of taking what it announces.',
          default: true,
        },
      },
    },
    driver_secrets: { type: 'object', properties: {} },
  },
  consoles: [{ kind: 'graphical', endpointKinds: ['tcp'], affinity: 'none' }],
  async start({ node: { info } }) {
    // Without a format the proxy asks for none: the server stays at its own.
    const { forcedPixelFormat: _, ...rest } = idracProfile;
    return {
      kind: 'tcp',
      why: 'The VNC server of the iDRAC is on.',
      address: {
        host: '127.0.0.1',
        port: info.idrac_port,
        password: vncPassword,
        tls: {
          mode: info.idrac_tls ? 'from-first-byte' : 'none',
          verify: 'pin',
          sha256Pin: fingerprint256.replaceAll(':', '').toLowerCase(),
        },
      },
      maxSessions: 1,
      profile: info.idrac_rgb555 ? idracProfile : rest,
    };
  },
};

/** The name that nodes refer to. */
export const standInName = 'idrac-stand-in';

/** Serves it on a free port of loopback. */
export function startIdracStandIn(): Promise<RunningPlugin> {
  return serveDriver({
    name: standInName,
    version: '0.1.0',
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    driver,
  });
}
