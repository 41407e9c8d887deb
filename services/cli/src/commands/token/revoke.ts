import type { RevokeTokensRequest } from '@consolemesh/contracts/token';
import type { Context } from '../../context.ts';
import { UsageError } from '../../exit-codes.ts';

/** Ends tokens by each selector that is given, and says how many were alive. */
export async function revokeTokens(
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
  const client = await context.tokens();
  let revoked = 0;
  for (const selector of selectors) {
    const answer = await client.revokeTokens({ selector, message: options.message ?? '' });
    revoked += answer.revoked;
  }
  if (context.json) context.show({ revoked });
  else context.io.stdout.write(`${revoked} revoked\n`);
}
