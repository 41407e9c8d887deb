import type { RevokeTokensRequest } from '@consolemesh/contracts/token';
import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { distance } from '../output/text.ts';
import { tokenView } from '../output/views.ts';
import { readPages } from '../pages.ts';
import { limitOption } from './options.ts';

/** `consolemesh token …`: the URLs that are out there. */
export function addTokenCommands(program: Command, run: Run): void {
  const token = program.command('token').description('the URLs that are out there');

  token
    .command('list')
    .description('list tokens that can still be opened, newest first; never the tokens themselves')
    .option('--console <uuid>', 'only of this console')
    .option('--subject <name>', 'only of this subject')
    .addOption(limitOption())
    .action(action(run, listTokens));

  token
    .command('revoke [token-id...]')
    .description('end tokens and the sessions that were opened with them')
    .option('--console <uuid>', 'every token of a console')
    .option('--subject <name>', 'every token of a subject')
    .option('--session <uuid>', 'one session; its token stays')
    .option('-m, --message <text>', 'one sentence that the user reads')
    .action(action(run, revokeTokens));
}

async function listTokens(
  context: Context,
  options: { console?: string; subject?: string; limit: number },
): Promise<void> {
  const client = context.tokens();
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

async function revokeTokens(
  context: Context,
  options: { console?: string; subject?: string; session?: string; message?: string },
  tokenIds: string[],
): Promise<void> {
  const selectors: NonNullable<RevokeTokensRequest['selector']>[] = tokenIds.map((value) => ({
    $case: 'tokenId',
    value,
  }));
  if (options.console) selectors.push({ $case: 'consoleId', value: options.console });
  if (options.subject) selectors.push({ $case: 'subject', value: options.subject });
  if (options.session) selectors.push({ $case: 'sessionId', value: options.session });
  if (selectors.length === 0) {
    throw new UsageError('nothing to revoke: name a token, or use --console, --subject or --session');
  }
  const client = context.tokens();
  let revoked = 0;
  for (const selector of selectors) {
    const answer = await client.revokeTokens({ selector, message: options.message ?? '' });
    revoked += answer.revoked;
  }
  if (context.json) context.show({ revoked });
  else context.io.stdout.write(`${revoked} revoked\n`);
}
