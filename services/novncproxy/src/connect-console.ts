import type { Admission } from '@consolemesh/contracts/conductor';
import type { Endpoint } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import type { Trust } from '@consolemesh/mesh';
import {
  attachSession,
  type ConnectContext,
  type Connector,
  createHolders,
  dialSocket,
  dialTcp,
  endOf,
  endpointTls,
  type Holders,
  type Link,
  relay,
  streamLink,
} from '@consolemesh/proxy';
import {
  acceptClient,
  type ConsolePaths,
  connectToServer,
  createConsolePaths,
  RfbError,
} from '@consolemesh/rfb';
import { profileOf, securityOf } from './rfb-profile.ts';
import { rfbUpstreamError } from './upstream-error.ts';

/** How long a client may take for its side of the handshake, ms. */
export interface ConnectConsoleOptions {
  readonly trust: Trust;
  readonly clientHandshakeMs: number;
  readonly connectMs: number;
}

/**
 * Reaches graphical consoles. The handshake is ended on both sides: toward the machine with the endpoint's security, toward the client
 * with None; between them a path that the endpoint's profile describes.
 */
export function createConsoleConnector(options: ConnectConsoleOptions): Connector & Disposable {
  const holders = createHolders(options.trust);
  const connector: Connector = async (admission, context) => {
    try {
      const machine = await reach(admission, context, holders);
      return await openConsole(admission, context, machine, options);
    } catch (error) {
      throw rfbUpstreamError(error);
    }
  };
  return Object.assign(connector, { [Symbol.dispose]: () => holders[Symbol.dispose]() });
}

/** A way to the machine that stands; its RFB handshake has not begun. */
async function reach(admission: Admission, context: ConnectContext, holders: Holders): Promise<Link> {
  const { transport } = endpointOf(admission);
  if (transport?.$case === 'relay') {
    return streamLink((await attachSession(admission, transport.value.target, context, holders)).stream);
  }
  if (transport?.$case !== 'tcp') throw new MeshError('PLUGIN_ANSWER_INVALID');
  const { host, port } = transport.value;
  const { signal } = context;
  // TLS takes a socket as it is; everything else goes by the short path.
  if (endpointTls(transport.value).mode !== 'none')
    return streamLink(await dialSocket({ host, port, signal }));
  return await dialTcp({ host, port, signal });
}

async function openConsole(
  admission: Admission,
  context: ConnectContext,
  machine: Link,
  options: ConnectConsoleOptions,
) {
  const endpoint = endpointOf(admission);
  const profile = profileOf(endpoint.rfb);
  const tcp = endpoint.transport?.$case === 'tcp' ? endpoint.transport.value : undefined;
  const server = await connectToServer(machine.stream, {
    // Empty means that none is known: a server that asks for one is then told apart from one that refuses it.
    password: tcp?.password || undefined,
    username: tcp?.username || undefined,
    ...(tcp ? { tls: endpointTls(tcp) } : {}),
    // The holder of a relay has ended the machine's security already and offers None; the profile speaks of the machine.
    allowedSecurity: tcp ? securityOf(endpoint.rfb) : ['None'],
    signal: context.signal,
    deadlineMs: options.connectMs,
  });
  const link = server.stream === machine.stream ? machine : streamLink(server.stream);
  const paths = createConsolePaths({
    serverInit: server.serverInit,
    initBytes: server.initBytes,
    profile,
    viewOnly: context.role === 'view',
    onInput: context.onInput,
  });
  return {
    start: (client: Link) => startRelay(client, link, paths, context, options),
    destroy: () => link.destroy(),
  };
}

/** Lets the client in, gives it the screen and relays until `context.over` was called. */
async function startRelay(
  client: Link,
  machine: Link,
  paths: ConsolePaths,
  context: ConnectContext,
  options: ConnectConsoleOptions,
): Promise<void> {
  machine.onOver = (error) => context.over(error ? fromMachine(error) : endOf('UPSTREAM_CLOSED'));
  try {
    await acceptClient(client.stream, { deadlineMs: options.clientHandshakeMs });
  } catch (error) {
    throw clientError(error);
  }
  if (paths.greeting.length > 0) machine.write(paths.greeting, 0);
  client.write(paths.viewerInit, 0);
  relay(client, machine, {
    traffic: context.traffic,
    onFirstToClient: context.onFirstBytes,
    fromClient: (chunk) => paths.toServer.push(chunk),
    ...(paths.toViewer.kind === 'transcode'
      ? { toClient: (chunk: Buffer) => paths.toViewer.push(chunk) }
      : {}),
    onRefused(error, side) {
      const { reason, message } = side === 'client' ? clientError(error) : rfbUpstreamError(error);
      context.over(endOf(reason, message));
    },
  });
}

function fromMachine(error: Error) {
  const known = rfbUpstreamError(error);
  // On a connection that stood, every trouble of the transport is a lost connection.
  return error instanceof MeshError || error instanceof RfbError
    ? endOf(known.reason, known.message)
    : endOf('UPSTREAM_LOST');
}

/** What a client did wrong, in the table's words. */
function clientError(error: unknown): MeshError {
  if (!(error instanceof RfbError)) return new MeshError('INTERNAL', undefined, { cause: error });
  if (error.code === 'TIMEOUT') return new MeshError('HANDSHAKE_TIMEOUT');
  if (error.code === 'LIMIT_EXCEEDED') return new MeshError('MESSAGE_TOO_LARGE', error.message);
  if (error.code === 'UNEXPECTED_END' || error.code === 'ABORTED') return new MeshError('CLIENT_CLOSED');
  return new MeshError('PROTOCOL_VIOLATION', error.message);
}

function endpointOf(admission: Admission): Endpoint {
  if (!admission.endpoint) throw new MeshError('PLUGIN_ANSWER_INVALID');
  return admission.endpoint;
}
