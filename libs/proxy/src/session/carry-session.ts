import type { Admission, SessionInput } from '@consolemesh/contracts/conductor';
import { Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import type { Redeemed } from '../admission/admit.ts';
import { createLogPlaying, type LogPlaying } from '../log/play-log.ts';
import type { Client } from './client.ts';
import type { Bridge } from './connector.ts';
import type { ProxyCore } from './core.ts';
import { countReason } from './counters.ts';
import { type End, endOf, endOfError, isResumable } from './end.ts';
import { openedMessage } from './opened-message.ts';
import type { Opening } from './opening.ts';
import { type Readmit, reachConsole } from './reach-console.ts';
import type { LiveSession } from './registry.ts';

/** How a client was let in. */
export interface Admitted {
  readonly redeemed: Redeemed;
  readonly admission: Admission;
  readonly opening: Opening;
  /** The client wants less than its token allows: to watch. */
  readonly watch?: boolean;
  /** Given after a take-over or a resumption; see reachConsole. */
  readonly again?: Readmit | undefined;
}

/** Carries an admitted client until the session is over. Never throws; the client, the conductor and the log learn why it ended. */
export async function carrySession(core: ProxyCore, client: Client, admitted: Admitted): Promise<void> {
  const { redeemed, admission, opening, again } = admitted;
  let bridge: Bridge | undefined;
  let log: LogPlaying | undefined;
  let end: End | undefined;
  let wake: (() => void) | undefined;
  const isOver = new Promise<void>((resolve) => {
    wake = resolve;
  });
  /** Lives while the console is being reached. */
  const reaching = new AbortController();
  const over = (why: End) => {
    if (end) return;
    end = why;
    wake?.();
    if (!bridge) reaching.abort(why.reason);
  };
  const session = createSession(core, client, admitted, over);
  opening.admitted(session, admission);
  let listed = false;
  client.onFault = over;
  client.link.onOver = (error) => over(endOf(error ? 'CLIENT_LOST' : 'CLIENT_CLOSED'));
  try {
    core.registry.add(session);
    listed = true;
    if (client.gone()) throw new MeshError('CLIENT_CLOSED');
    // A revocation may have passed while the session was not in the list yet.
    const revocation = core.revocations.find(session, redeemed.redeemedAt);
    if (revocation) throw new MeshError('TOKEN_REVOKED', revocation.message || undefined);
    bridge = await reachConsole(core, session, { client, admission, again, reaching, over, opening });
    if (!end) {
      client.opened(openedMessage(core, session.role, redeemed, admission, bridge.scene));
      log = listen(core, client, session, bridge);
      core.kept.opened(session.sessionId);
      core.counters.sessionsOpened += 1;
      core.counters.open.add(session);
      opening.reached();
      await bridge.start(client.link);
      await isOver;
    }
  } catch (error) {
    if (!(error instanceof MeshError))
      core.logger.error({ err: error, session: session.sessionId }, 'a session broke');
    over(endOfError(error));
  }
  log?.[Symbol.dispose]();
  bridge?.destroy();
  opening.end(end ?? endOf('INTERNAL'));
  finish(core, client, session, end ?? endOf('INTERNAL'), listed);
}

function finish(core: ProxyCore, client: Client, session: LiveSession, end: End, listed: boolean): void {
  const current = !listed || core.registry.remove(session);
  // A connection that was replaced says nothing: its session goes on with the newer one.
  if (current && !(end.byConductor && end.reason === 'CLIENT_LOST')) {
    core.kept.closed({
      sessionId: session.sessionId,
      reason: end.reason,
      message: end.message,
      resumable: isResumable(end.reason),
      input: inputOf(session),
    });
  }
  client.close(end);
  countReason(core.counters.sessionsEnded, end.reason);
  core.counters.open.delete(session);
  core.counters.bytesToClient += session.traffic.toClient;
  core.counters.bytesFromClient += session.traffic.fromClient;
  core.logger.info(
    {
      session: session.sessionId,
      console: session.consoleId,
      subject: session.subject,
      client: session.clientAddress,
      reason: end.reason,
      bytesToClient: session.traffic.toClient,
      bytesFromClient: session.traffic.fromClient,
    },
    'session over',
  );
}

/**
 * Passes the client's wishes on. Whoever may only watch has none of the line: role and pen are judged here first, and again by whoever holds
 * it. The log may be read by whoever may see the console.
 */
function listen(
  core: ProxyCore,
  client: Client,
  session: LiveSession,
  bridge: Bridge,
): LogPlaying | undefined {
  const { control } = bridge;
  if (!control) return undefined;
  const { readLog: read, now } = core;
  const log = createLogPlaying({ sessionId: session.sessionId, read, now, tell: client.tell });
  client.onControl = (wish) => {
    if (wish.type === 'log') log.hear(wish);
    else if (session.role === 'control') control(wish);
    else client.notify('PERMISSION_DENIED', 'This session may only watch.');
  };
  return log;
}

/** What the conductor is told of the input: that there was some, and how much; never what. */
function inputOf({ firstInputAt, traffic }: LiveSession): SessionInput | undefined {
  if (firstInputAt === undefined) return undefined;
  return { firstAt: toTimestamp(firstInputAt), bytes: BigInt(traffic.fromClient) };
}

function createSession(
  core: ProxyCore,
  client: Client,
  { redeemed: { grant, sessionExpiresAt }, watch = false }: Admitted,
  over: (end: End) => void,
): LiveSession {
  const now = core.now();
  const { liveness } = client;
  const session: LiveSession = {
    sessionId: grant.sessionId,
    key: grant.key!,
    consoleId: grant.key!.consoleId,
    subject: grant.subject,
    tokenId: grant.tokenId,
    role: watch || grant.role === Role.VIEW ? 'view' : 'control',
    openedAt: now,
    expiresAt: sessionExpiresAt,
    clientAddress: client.address,
    traffic: { toClient: 0, fromClient: 0 },
    lastInputAt: now,
    firstInputAt: undefined,
    lastAliveAt: liveness && now,
    askedAt: undefined,
    warnedIdle: false,
    ping: () => liveness?.ping(),
    unheard: () => liveness?.unheard() ?? false,
    notify: client.notify,
    end: over,
  };
  if (liveness) {
    liveness.onAlive = () => {
      session.lastAliveAt = core.now();
      session.askedAt = undefined;
    };
  }
  return session;
}
