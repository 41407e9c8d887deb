import type { Context } from '../../context.ts';
import { distance } from '../../output/text.ts';
import { sessionView } from '../../output/views.ts';
import { readPages } from '../../pages.ts';

/** Lists sessions, newest first. */
export async function listSessions(
  context: Context,
  options: { node?: string; subject?: string; all?: boolean; limit: number },
): Promise<void> {
  const { sessions } = await context.conductor();
  const found = await readPages(options.limit, async (pageSize, pageToken) => {
    const page = await sessions.listSessions({
      node: options.node ?? '',
      subject: options.subject ?? '',
      includeEnded: options.all === true,
      pageSize,
      pageToken,
    });
    return { items: page.sessions, nextPageToken: page.nextPageToken };
  });
  const now = Date.now();
  context.list(found.map(sessionView), [
    ['id', ({ id }) => id],
    ['node', ({ nodeName }) => nodeName],
    ['kind', ({ kind }) => kind],
    ['role', ({ role }) => role],
    ['subject', ({ subject }) => subject],
    ['state', ({ state }) => state],
    ['age', ({ openedAt }) => openedAt && distance(now - Date.parse(openedAt))],
    ['end', ({ end }) => end?.reason],
  ]);
}
