import { MeshError } from '@consolemesh/errors';
import type WebSocket from 'ws';
import type { WebSocketConsole } from '../found.ts';
import { inWords } from '../in-words.ts';
import { openService, type Service } from '../open-service.ts';
import { addressOf, type RedfishNode, trustOf, whereOf } from '../options.ts';
import type { Timings } from '../timings.ts';
import { logInByCookie } from './cookie-login.ts';
import { openWebSocket } from './open-websocket.ts';
import { UpgradeRefused } from './upgrade-refused.ts';

/** A console's WebSocket and the session that it stands on. Disposing ends both. */
export interface ConsoleSocket extends AsyncDisposable {
  /** Paused. */
  readonly socket: WebSocket;
  /** Uses the session, so that the service does not forget it. Never rejects. */
  touch(): Promise<void>;
}

/**
 * Logs in and opens the console's WebSocket: with the session's token, and where that is not taken, with cookies as a browser would.
 * @throws MeshError BMC_*, CANCELLED; nothing is left open then
 */
export async function openConsole(
  node: RedfishNode,
  found: WebSocketConsole,
  timings: Timings,
  signal: AbortSignal,
): Promise<ConsoleSocket> {
  const where = whereOf(node);
  const held: AsyncDisposable[] = [];
  async function leave(): Promise<void> {
    for (const one of held.splice(0).reverse()) await one[Symbol.asyncDispose]();
  }
  try {
    const service = openService(node);
    held.push(service);
    const { socket, cookie } = await upgrade(node, found, service, timings, signal);
    if (cookie) held.push(cookie);
    return {
      socket,
      async touch() {
        const call = { deadlineMs: timings.requestMs };
        await service.redfish.get(found.system, call).catch(() => {});
      },
      async [Symbol.asyncDispose]() {
        await closeSocket(socket, timings.leaveMs);
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error instanceof UpgradeRefused ? refusal(error, found, where) : inWords(error, where);
  }
}

async function upgrade(
  node: RedfishNode,
  { path }: WebSocketConsole,
  { redfish, http }: Service,
  { requestMs }: Timings,
  signal: AbortSignal,
): Promise<{ socket: WebSocket; cookie?: AsyncDisposable | undefined }> {
  const to = { address: addressOf(node), trust: trustOf(node), path };
  const headers = await redfish.authorize({ signal, deadlineMs: requestMs });
  try {
    return { socket: await openWebSocket({ ...to, headers }, signal) };
  } catch (error) {
    // The credentials are right, or there were no session: a browser's way of showing it may be wanted.
    if (!(error instanceof UpgradeRefused) || error.status !== 401 || !('x-auth-token' in headers))
      throw error;
    const { redfish_username: username } = node.info;
    const password = node.secrets.redfish_password;
    if (signal.aborted) throw error;
    const cookie = await logInByCookie(http, { username, password }, requestMs);
    if (!cookie) throw error;
    try {
      const request = { ...to, headers: cookie.headers, subprotocol: cookie.csrf };
      return { socket: await openWebSocket(request, signal), cookie };
    } catch (again) {
      await cookie[Symbol.asyncDispose]();
      throw again;
    }
  }
}

/** Says goodbye (RFC 6455 section 7.1.2) and waits a little for the answer. */
async function closeSocket(socket: WebSocket, ms: number): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.terminate(), ms);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    // What has not been read would keep the goodbye of the other side waiting.
    socket.removeAllListeners('message');
    socket.resume();
    socket.close(1000);
  });
}

function refusal({ status }: UpgradeRefused, { path, system }: WebSocketConsole, where: string): MeshError {
  const what = `${where}: the console of ${system} at ${path}`;
  if (status === 401 || status === 403) {
    return new MeshError(
      'BMC_PERMISSION_DENIED',
      `${what} is not opened for this user (status ${status}); give it the right to use the console of the host (OpenBMC: the privilege OpenBMCHostConsole, the group hostconsole).`,
    );
  }
  if (status === 503 || status === 429) {
    const metadata = { retry_after_ms: '45000' };
    return new MeshError('BMC_BUSY', `${what} has no place left (status ${status}).`, { metadata });
  }
  if (status >= 500 && status !== 501)
    return new MeshError('BMC_ERROR', `${what} cannot be opened (status ${status}).`);
  const text = `${what} is no WebSocket (status ${status}); the BMC may be older than that, or redfish_serial_uri is wrong.`;
  return new MeshError('BMC_PROTOCOL_ERROR', text);
}
