import { type Driver, formatHostPort, probeRfb } from '@consolemesh/driver-sdk';
import { endpointOf } from './endpoint-of.ts';
import { inspectOptions, options, type VncInfo, type VncNode, type VncSecrets } from './options.ts';

/** Any VNC server as a graphical console. Keeps nothing: any instance answers for any console. */
export const vncDriver: Driver<VncInfo, VncSecrets> = {
  options,
  consoles: [{ kind: 'graphical', endpointKinds: ['tcp'], affinity: 'none' }],
  fields: {
    BMC_NAME_NOT_FOUND: 'driver_info.vnc_address',
    BMC_UNREACHABLE: 'driver_info.vnc_address',
    BMC_TIMEOUT: 'driver_info.vnc_address',
    BMC_REFUSED: 'driver_info.vnc_port',
    BMC_PROTOCOL_ERROR: 'driver_info.vnc_port',
    BMC_SECURITY_UNSUPPORTED: 'driver_info.vnc_security',
    BMC_TLS_FAILED: 'driver_info.vnc_security',
    BMC_CERTIFICATE_REFUSED: 'driver_info.vnc_verify',
    BMC_AUTHENTICATION_FAILED: 'driver_secrets.vnc_password',
    BMC_PASSWORD_REQUIRED: 'driver_secrets.vnc_password',
    BMC_LOCKED_OUT: 'driver_secrets.vnc_password',
  },
  inspect: (node) => inspectOptions(node),
  bmcOf: ({ info }) => formatHostPort(info.vnc_address, info.vnc_port),
  // Which security is allowed decides what is presented, and whether a password is.
  credentialsOf: ({ info, secrets }) => ({
    'driver_secrets.vnc_password': [info.vnc_security, info.vnc_username, secrets.vnc_password],
  }),

  async validate(node, _kinds, signal) {
    await probe(node, signal);
    return [];
  },

  async start({ node }, signal) {
    await probe(node, signal);
    const { address, profile } = endpointOf(node);
    const where = formatHostPort(address.host, address.port);
    const why = `The VNC server at ${where} accepts the credentials.`;
    return { kind: 'tcp', why, address, profile, maxSessions: node.info.vnc_max_sessions };
  },

  check: ({ node }, signal) => probe(node, signal),
};

/** One full authentication that disturbs nobody. */
function probe(node: VncNode, signal: AbortSignal): Promise<void> {
  const { address, profile } = endpointOf(node);
  return probeRfb(address, profile, signal);
}
