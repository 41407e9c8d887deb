import { bmcError, connectTcp, formatHostPort, rfbOptionsOf } from '@consolemesh/driver-sdk';
import { connectToServer } from '@consolemesh/rfb';
import { endpointOf } from './endpointOf.ts';
import type { VncNode } from './options.ts';

/** Longest probe, ms. */
const probeTimeoutMs = 15_000;

/**
 * Goes as far as a VNC server can be tried without disturbing anybody: name, connection, banner, security types, certificate and one
 * full authentication; hangs up before ClientInit, so no session begins. Authentication is always finished: TigerVNC and others lock out
 * addresses that leave it half done.
 * @throws MeshError BMC_*
 */
export async function probeServer(node: VncNode, signal: AbortSignal): Promise<void> {
  const { address, profile } = endpointOf(node);
  const socket = await connectTcp(address, { signal });
  try {
    const options = rfbOptionsOf(address, profile);
    const { stream } = await connectToServer(socket, {
      ...options,
      stopAfterAuthentication: true,
      signal,
      deadlineMs: probeTimeoutMs,
    });
    stream.on('error', () => {});
    stream.destroy();
  } catch (error) {
    throw bmcError(error, formatHostPort(address.host, address.port));
  } finally {
    socket.destroy();
  }
}
