import { closeCode, MeshError } from '@consolemesh/errors';
import type { Credential } from '../admission/admit.ts';
import type { Link } from '../link/link.ts';
import type { WebSocketLink } from '../websocket/websocket-link.ts';
import { carrySession } from './carry-session.ts';
import type { Client } from './client.ts';
import type { ProxyCore } from './core.ts';
import { type End, endOf } from './end.ts';
import { mayOpen, requireRate } from './may-open.ts';
import { createOpening, type Opening } from './opening.ts';
import { refuse } from './refuse.ts';
import { socketLiveness } from './socket-liveness.ts';

/** Tells a client that speaks only the console's own protocol, in the words of that protocol, why it may not come in. */
export type RefuseInWords = (link: Link, message: string) => Promise<void>;

/** Serves a client that knows nothing of our control messages: unmodified noVNC, or a raw connection. Never throws. */
export function servePlain(
  core: ProxyCore,
  client: Client,
  credential: Credential | undefined,
): Promise<void> {
  const opening = createOpening(core.kind);
  return opening.run(() => letIn(core, client, credential, opening));
}

async function letIn(
  core: ProxyCore,
  client: Client,
  credential: Credential | undefined,
  opening: Opening,
): Promise<void> {
  try {
    requireRate(core, client.address);
    if (!credential) throw new MeshError('TOKEN_INVALID', 'The link holds no token; ask for a new one.');
    await mayOpen(core);
    const redeemed = await core.admitter.redeem(credential);
    const answer = await core.admitter.open(redeemed, { takeOver: false, clientAddress: client.address });
    if (answer.outcome.kind === 'in-use') {
      const { subject } = answer.outcome.inUse;
      throw new MeshError('CONSOLE_IN_USE', `${subject || 'Somebody'} is using the console at present.`);
    }
    const { redeemed: newest, outcome } = answer;
    await carrySession(core, client, { redeemed: newest, admission: outcome.admission, opening });
  } catch (error) {
    refuse(core, client, opening, error);
  }
}

/** A WebSocket that carries the console's protocol from the first frame (unmodified noVNC). */
export function plainWebSocketClient(
  socket: WebSocketLink,
  address: string,
  refuseInWords: RefuseInWords,
): Client {
  const cut = (end: End) => socket.close(closeCode(end.reason), end.reason);
  const client = plainClient(socket, { address, refuseInWords, cut, liveness: socketLiveness(socket) });
  socket.onBroken = ({ kind, message }) =>
    client.onFault({ ...endOf(kind === 'too-large' ? 'MESSAGE_TOO_LARGE' : 'PROTOCOL_VIOLATION'), message });
  // Opened now: what the client says before its console is reached waits in the stream of the handshake.
  void socket.stream;
  return client;
}

/** A raw TCP connection. */
export function plainTcpClient(link: Link, address: string, refuseInWords: RefuseInWords): Client {
  return plainClient(link, { address, refuseInWords, cut: () => link.destroy(), liveness: undefined });
}

function plainClient(
  link: Link,
  how: {
    address: string;
    refuseInWords: RefuseInWords;
    cut: (end: End) => void;
    liveness: Client['liveness'];
  },
): Client {
  let gone = false;
  let opened = false;
  let closed = false;
  const close = (end: End) => {
    if (closed) return;
    closed = true;
    // Once the console's own protocol runs there is no place for words in it.
    if (opened || gone) return how.cut(end);
    void how.refuseInWords(link, end.message).finally(() => how.cut(end));
  };
  link.onOver = () => {
    gone = true;
  };
  return {
    link,
    address: how.address,
    opened: () => {
      opened = true;
    },
    notify: () => {},
    close,
    gone: () => gone,
    onFault: close,
    liveness: how.liveness,
  };
}
