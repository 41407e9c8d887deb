import { connectToServer } from '@consolemesh/rfb';
import { bmcError } from './bmc-error.ts';
import { connectTcp, formatHostPort } from './connect-tcp.ts';
import type { Profile, TcpAddress } from './driver.ts';
import { rfbOptionsOf } from './open-tcp-stream.ts';

/**
 * Goes as far as a VNC server can be tried without disturbing anybody: name, connection, banner, security types, certificate and one
 * full authentication; hangs up before ClientInit, so no session begins. Authentication is always finished: TigerVNC and others lock out
 * addresses that leave it half done.
 * @throws MeshError BMC_*
 */
export async function probeRfb(
  address: TcpAddress,
  profile: Profile | undefined,
  signal: AbortSignal,
  deadlineMs = 15_000,
): Promise<void> {
  const socket = await connectTcp(address, { signal, deadlineMs });
  try {
    const options = rfbOptionsOf(address, profile);
    const { stream } = await connectToServer(socket, {
      ...options,
      stopAfterAuthentication: true,
      signal,
      deadlineMs,
    });
    stream.on('error', () => {});
    stream.destroy();
  } catch (error) {
    throw bmcError(error, formatHostPort(address.host, address.port));
  } finally {
    socket.destroy();
  }
}
