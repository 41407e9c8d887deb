import { type Session, SessionState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import type { Context, TokenClient } from '../../context.ts';
import { wordOf } from '../../output/words.ts';
import { mostListed, readPages } from '../../pages.ts';

/** What became of a session, as it is printed. */
interface Ended {
  readonly sessionId: string;
  readonly node: string;
  readonly kind: string | undefined;
  readonly subject: string;
  /** It had ended before. */
  readonly already?: true;
  /** Public names of the tokens that are good no more; absent when none was to be revoked. */
  readonly revokedTokens?: readonly string[];
}

/**
 * Ends sessions one after the other. A token outlives its session, so whoever has the link opens the console again: it says so, or, told to
 * revoke, first ends every token that the session's subject has for the session's console.
 */
export async function terminateSessions(
  context: Context,
  { message = '', revoke }: { message?: string; revoke?: boolean },
  sessionIds: string[],
): Promise<void> {
  const { sessions } = await context.conductor();
  const tokens = revoke ? await context.tokens() : undefined;
  const ended: Ended[] = [];
  for (const sessionId of sessionIds) {
    const session = (await sessions.getSession({ sessionId })).session!;
    const subject = { sessionId, node: session.nodeName, subject: session.subject };
    const kind = wordOf(ConsoleKind, session.kind);
    // Before the session ends, or its page would have come back meanwhile.
    const revokedTokens = tokens && (await revokeAccess(tokens, session, message));
    await sessions.terminateSession({ sessionId, message });
    const one: Ended = {
      ...subject,
      kind,
      ...(session.state === SessionState.ENDED ? { already: true } : {}),
      ...(revokedTokens ? { revokedTokens } : {}),
    };
    ended.push(one);
    context.note(describe(one));
  }
  if (context.json) context.show(ended);
}

/** Revokes what opens the console of a session for its subject: its tokens, and the ticket with which the session's tab comes back. */
async function revokeAccess(
  tokens: TokenClient,
  { id, key, subject }: Session,
  message: string,
): Promise<string[]> {
  const consoleId = key?.consoleId ?? '';
  const found = await readPages(mostListed, async (pageSize, pageToken) => {
    const page = await tokens.listTokens({ consoleId, subject, pageSize, pageToken });
    return { items: page.tokens, nextPageToken: page.nextPageToken };
  });
  const revoked: string[] = [];
  for (const { tokenId } of found) {
    const answer = await tokens.revokeTokens({ selector: { $case: 'tokenId', value: tokenId }, message });
    if (answer.revoked > 0) revoked.push(tokenId);
  }
  await tokens.revokeTokens({ selector: { $case: 'sessionId', value: id }, message });
  return revoked;
}

function describe({ sessionId, node, kind, subject, already, revokedTokens }: Ended): string {
  const console = `the ${kind} console of ${node}`;
  const head = already
    ? `${sessionId}, ${subject} at ${console}, had ended already.`
    : `Ended ${sessionId}, ${subject} at ${console}.`;
  if (!revokedTokens) {
    return (
      `${head} The link that opened it stays good until it expires: ${subject} can open the console again. ` +
      `To end that, too: consolemesh session terminate ${sessionId} --revoke`
    );
  }
  if (revokedTokens.length === 0) return `${head} No link of ${subject} to ${console} was still good.`;
  const links = revokedTokens.length === 1 ? 'one link' : `${revokedTokens.length} links`;
  return `${head} Revoked ${links} of ${subject} to ${console}, and the sessions opened with it: ${revokedTokens.join(', ')}.`;
}
