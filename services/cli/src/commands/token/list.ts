import type { Context } from '../../context.ts';
import { distance } from '../../output/text.ts';
import { tokenView } from '../../output/views.ts';
import { readPages } from '../../pages.ts';

/** Lists tokens that can still be opened, newest first. */
export async function listTokens(
  context: Context,
  options: { console?: string; subject?: string; limit: number },
): Promise<void> {
  const client = await context.tokens();
  const found = await readPages(options.limit, async (pageSize, pageToken) => {
    const { tokens, nextPageToken } = await client.listTokens({
      consoleId: options.console ?? '',
      subject: options.subject ?? '',
      pageSize,
      pageToken,
    });
    return { items: tokens, nextPageToken };
  });
  const now = Date.now();
  context.list(found.map(tokenView), [
    ['token', ({ tokenId }) => tokenId],
    ['console', ({ key }) => key?.consoleId],
    ['kind', ({ kind }) => kind],
    ['role', ({ role }) => role],
    ['subject', ({ subject }) => subject],
    ['expires in', ({ expiresAt }) => expiresAt && distance(Date.parse(expiresAt) - now)],
    ['opened', ({ redemptions, singleUse }) => `${redemptions}${singleUse ? ' of 1' : ''}`],
  ]);
}
