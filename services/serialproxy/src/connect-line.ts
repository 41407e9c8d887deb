import type { Admission } from '@consolemesh/contracts/conductor';
import type { TcpEndpoint } from '@consolemesh/contracts/types';
import { isReason, MeshError } from '@consolemesh/errors';
import type { Trust } from '@consolemesh/mesh';
import {
  attachSession,
  type Bridge,
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
  upstreamError,
} from '@consolemesh/proxy';
import { startTls } from '@consolemesh/tls';
import { eventOf, sceneOf, wishOf } from './console-events.ts';

/** Reaches serial consoles: at the holder of a shared line by Attach, or a line of our own over TCP. */
export function createLineConnector(trust: Trust): Connector & Disposable {
  const holders = createHolders(trust);
  const connector: Connector = async (admission, context) => {
    const transport = admission.endpoint?.transport;
    try {
      if (transport?.$case === 'relay') {
        return await openShared(admission, transport.value.target, context, holders);
      }
      if (transport?.$case === 'tcp') return openOwn(await dial(transport.value, context.signal), context);
    } catch (error) {
      throw upstreamError(error);
    }
    throw new MeshError('PLUGIN_ANSWER_INVALID', 'The endpoint of the console can carry no serial line.');
  };
  return Object.assign(connector, { [Symbol.dispose]: () => holders[Symbol.dispose]() });
}

/** A line that its holder shares among viewers: size, presence and pen are the holder's. */
async function openShared(
  admission: Admission,
  target: string,
  context: ConnectContext,
  holders: Holders,
): Promise<Bridge> {
  const { stream, opened, control, listen } = await attachSession(admission, target, context, holders);
  const machine = streamLink(stream);
  const scene = sceneOf(opened);
  const me = opened.sessionId;
  const holder = scene.viewers.find(({ pen }) => pen)?.session;
  /** Whether what this client types reaches the machine; whoever types while nobody writes becomes the writer. */
  let writes = holder === undefined || scene.viewers.some(({ session, pen }) => pen && session === me);
  return {
    scene,
    async start(client) {
      carry(client, machine, context, () => writes);
      listen((notice) => {
        if (notice.$case === 'refused') {
          const { reason, message } = notice.value;
          return context.notify(isReason(reason) ? reason : 'INTERNAL', message);
        }
        const event = eventOf(notice);
        if (!event) return;
        if (event.type === 'pen') writes = event.holder === null || event.holder === me;
        context.tell(event);
      });
    },
    control: (wish) => control(wishOf(wish)),
    destroy: () => machine.destroy(),
  };
}

/** A line of this client's own, where the machine knows bytes and nothing else. */
function openOwn(machine: Link, context: ConnectContext): Bridge {
  const { sessionId: session, subject, role } = context;
  return {
    scene: { size: null, viewers: [{ session, subject, role, pen: role === 'control' }] },
    async start(client) {
      carry(client, machine, context, () => true);
    },
    control({ type }) {
      if (type === 'break') context.notify('CAPABILITY_MISSING', 'No break can be sent on this line.');
    },
    destroy: () => machine.destroy(),
  };
}

async function dial(tcp: TcpEndpoint, signal: AbortSignal): Promise<Link> {
  const { host, port } = tcp;
  const tls = endpointTls(tcp);
  if (tls.mode === 'none') return await dialTcp({ host, port, signal });
  if (tls.mode === 'vencrypt') {
    throw new MeshError(
      'PLUGIN_ANSWER_INVALID',
      'The endpoint asks for VeNCrypt, which serial lines do not have.',
    );
  }
  return streamLink(await startTls(await dialSocket({ host, port, signal }), tls, signal));
}

/** Relays until `context.over` was called. What somebody types who may only watch ends here. */
function carry(client: Link, machine: Link, context: ConnectContext, writes: () => boolean): void {
  machine.onOver = (error) => {
    if (!error) return context.over(endOf('UPSTREAM_CLOSED'));
    // On a line that stood, every trouble of the transport is a lost connection.
    const known =
      error instanceof MeshError ? error : new MeshError('UPSTREAM_LOST', undefined, { cause: error });
    context.over(endOf(known.reason, known.message));
  };
  const watching = context.role === 'view';
  relay(client, machine, {
    traffic: context.traffic,
    onFirstToClient: context.onFirstBytes,
    fromClient(chunk) {
      if (watching) return nothing;
      if (writes()) context.onInput();
      return chunk;
    },
  });
}

const nothing = Buffer.alloc(0);
