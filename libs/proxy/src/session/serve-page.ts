import type { InUse } from '@consolemesh/contracts/conductor';
import { closeCode, MeshError } from '@consolemesh/errors';
import { fromTimestamp } from '@consolemesh/mesh';
import type { WebSocketLink } from '../websocket/websocket-link.ts';
import { carrySession } from './carry-session.ts';
import type { Client } from './client.ts';
import { closingMessage } from './closing-message.ts';
import { type ConsoleWish, isConsoleWish } from './console-talk.ts';
import { createControlIntake } from './control-intake.ts';
import { type ClientMessage, parseClientMessage, type ServerMessage } from './control-messages.ts';
import type { ProxyCore } from './core.ts';
import { type End, endOf } from './end.ts';
import { mayOpen, requireRate } from './may-open.ts';
import { createOpening, type Opening } from './opening.ts';
import { readmission } from './readmission.ts';
import { refuse } from './refuse.ts';
import { socketLiveness } from './socket-liveness.ts';

/** Serves one page from its first frame to its last. Never throws. */
export function servePage(core: ProxyCore, socket: WebSocketLink, address: string): Promise<void> {
  const page = createPage(core, socket, address);
  const opening = createOpening(core.kind);
  return opening.run(async () => {
    try {
      requireRate(core, address);
      await converse(core, page, opening);
    } catch (error) {
      refuse(core, page.client, opening, error);
    }
  });
}

/** From `open` to the end; asks again while the console is in use. */
async function converse(core: ProxyCore, page: Page, opening: Opening): Promise<void> {
  const first = await page.next(core.times.handshakeMs);
  opening.asked();
  if (first.type !== 'open') throw new MeshError('PROTOCOL_VIOLATION', 'The first message has to be "open".');
  page.resumed = 'resume' in first.credential;
  page.client.size = first.size;
  await mayOpen(core);
  let redeemed = await core.admitter.redeem(first.credential);
  page.resume = redeemed.resumeTicket;
  let { takeOver } = first;
  for (;;) {
    // Not given up when the page leaves: an admission that nobody takes would hold a place.
    const answer = await core.admitter.open(redeemed, { takeOver, clientAddress: page.client.address });
    redeemed = answer.redeemed;
    page.resume = redeemed.resumeTicket;
    if (answer.outcome.kind === 'admitted') {
      return await carrySession(core, page.client, {
        redeemed,
        admission: answer.outcome.admission,
        opening,
        // Whoever was there before, somebody else or this tab, may still be on its way out.
        again: takeOver || page.resumed ? readmission(core, answer.redeemed, page.client.address) : undefined,
      });
    }
    page.tellInUse(answer.outcome.inUse);
    const next = await page.next(core.times.inUseMs);
    opening.asked();
    await mayOpen(core);
    takeOver = next.type === 'take-over';
  }
}

/** A page, as the conversation sees it. */
interface Page {
  readonly client: Client & { size: Client['size'] };
  /** The ticket that the page should have; sent with the next message that carries one. */
  resume: string;
  /** The page came with a ticket, so it has something to come back with. */
  resumed: boolean;
  /** The next message; HANDSHAKE_TIMEOUT when none comes, CLIENT_CLOSED when the page is gone. */
  next(ms: number): Promise<Exclude<ClientMessage, ConsoleWish>>;
  tellInUse(inUse: InUse): void;
}

/** More messages than this at once no page sends. */
const mostQueued = 16;

function createPage(core: ProxyCore, socket: WebSocketLink, address: string): Page {
  let gone = false;
  const queue: Exclude<ClientMessage, ConsoleWish>[] = [];
  let wake: (() => void) | undefined;
  let toldResume = '';
  let closed = false;

  const send = (message: ServerMessage) => socket.sendText(JSON.stringify(message));
  const close = (end: End) => {
    if (closed) return;
    closed = true;
    gone = true;
    wake?.();
    if (page.resume !== toldResume) send({ type: 'resume', resume: page.resume });
    send(closingMessage(end, page.resume !== '' || page.resumed));
    socket.close(closeCode(end.reason), end.reason);
  };

  const page: Page = {
    client: {
      link: socket,
      address,
      size: undefined,
      opened(message) {
        toldResume = message.resume;
        send(message);
      },
      tell: send,
      notify: (reason, message) => send({ type: 'notice', reason, message }),
      close,
      gone: () => gone,
      onFault: close,
      onControl: () => {},
      liveness: socketLiveness(socket),
    },
    resume: '',
    resumed: false,
    async next(ms) {
      if (queue.length === 0 && !gone) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const message = queue.shift();
      if (message) return message;
      throw new MeshError(gone ? 'CLIENT_CLOSED' : 'HANDSHAKE_TIMEOUT');
    },
    tellInUse(inUse) {
      toldResume = page.resume;
      const since = fromTimestamp(inUse.since);
      send({
        type: 'in-use',
        subject: inUse.subject,
        since: since === undefined ? null : new Date(since).toISOString(),
        mayTakeOver: inUse.mayTakeOver,
        resume: page.resume,
      });
    },
  };
  const takeControl = createControlIntake(
    core,
    (message) => violation(message),
    (wish) => page.client.onControl(wish),
  );
  const violation = (message: string) => page.client.onFault({ ...endOf('PROTOCOL_VIOLATION'), message });
  socket.onText = (text) => {
    const message = parseClientMessage(text);
    if (message === undefined) return violation('A control message is malformed.');
    if (message === 'unknown') return;
    if (isConsoleWish(message)) return takeControl(message);
    if (queue.length >= mostQueued) return violation('Too many control messages.');
    queue.push(message);
    wake?.();
  };
  socket.onUnexpected = () => violation('Console bytes came before the console was open.');
  socket.onBroken = ({ kind, message }) =>
    page.client.onFault({
      ...endOf(kind === 'too-large' ? 'MESSAGE_TOO_LARGE' : 'PROTOCOL_VIOLATION'),
      message,
    });
  socket.onOver = () => {
    gone = true;
    wake?.();
  };
  return page;
}
