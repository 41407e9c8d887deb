import {
  type ConnectOptions,
  SECURITY,
  SECURITY_NAMES,
  type SecurityName,
  startTls,
  type TlsTrust,
} from '@consolemesh/rfb';
import { bmcError } from './bmc-error.ts';
import { connectTcp, formatHostPort } from './connect-tcp.ts';
import type { OpenedStream, Profile, TcpAddress, TlsToward } from './driver.ts';

/** How `connectToServer` is to speak to a TCP endpoint. */
export function rfbOptionsOf(address: TcpAddress, profile: Profile | undefined): ConnectOptions {
  const allowed = profile?.allowedSecurityTypes ?? [];
  return {
    password: address.password,
    username: address.username,
    allowedSecurity: allowed.length === 0 ? 'any' : securityNamesOf(allowed),
    tls: address.tls && { mode: address.tls.mode, ...trustOfTls(address.tls, address.host) },
    // The holder may share one server among sessions; an exclusive one would throw the others out.
    shared: true,
  };
}

/** Names of RFB security types; numbers that the library does not speak are left out. */
export function securityNamesOf(numbers: readonly number[]): SecurityName[] {
  return SECURITY_NAMES.filter((name) => numbers.includes(SECURITY[name].number));
}

/** TLS settings of an endpoint as the RFB library takes them. */
export function trustOfTls(tls: TlsToward, host: string): TlsTrust {
  return {
    verify: tls.verify,
    ca: tls.ca,
    sha256Pin: tls.sha256Pin,
    servername: tls.serverName ?? host,
    minVersion: tls.minVersion,
  };
}

/**
 * Opens the upstream of a `tcp` endpoint, so that any such endpoint can be relayed.
 * @throws MeshError BMC_*
 */
export async function openTcpStream(
  kind: 'graphical' | 'serial',
  address: TcpAddress,
  profile: Profile | undefined,
  signal: AbortSignal,
): Promise<OpenedStream> {
  const socket = await connectTcp(address, { signal });
  if (kind === 'graphical') return { stream: socket, rfb: rfbOptionsOf(address, profile) };
  if (address.tls === undefined || address.tls.mode === 'none') return { stream: socket };
  try {
    return { stream: await startTls(socket, trustOfTls(address.tls, address.host), signal) };
  } catch (error) {
    socket.destroy();
    throw bmcError(error, formatHostPort(address.host, address.port));
  }
}
