import { randomUUID } from 'node:crypto';
import {
  type RedeemTokenRequest,
  type RedeemTokenResponse,
  TokenServiceDefinition,
} from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { actorText, type Binding, bind, type Logger, principalOf, toTimestamp } from '@consolemesh/mesh';
import { createCredential, hashCredential } from './credential.ts';
import type { GrantSigner } from './grant-signer.ts';
import type { GuessLimit } from './guess-limit.ts';
import { decodePageToken, encodePageToken } from './page-token.ts';
import { readIssue, readRedeem, readRevoke, type Ttl } from './request.ts';
import type { RevocationFeed } from './revocation-feed.ts';
import type { TokenStore } from './store.ts';
import { revocationMessage, tokenMessage } from './wire.ts';

/** What the service works with. */
export interface ServiceParts {
  readonly store: TokenStore;
  readonly signer: GrantSigner;
  readonly feed: RevocationFeed;
  readonly guesses: GuessLimit;
  readonly logger: Logger;
  readonly ttl: Ttl;
  /** Longest session, ms. */
  readonly sessionMs: number;
}

/** What an ended user reads when whoever revoked said nothing. */
export const standardMessage = 'Your access to this console has been revoked.';

/** Wrong credentials, as opposed to ones that were right once. */
const guessed: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'RESUME_INVALID']);

/** Serves token.v1 over a store. */
export function createTokenService(parts: ServiceParts): Binding {
  const { store, feed, logger, ttl } = parts;

  return bind(TokenServiceDefinition, {
    async issueToken(request) {
      const asked = readIssue(request, ttl);
      const { text, hash } = createCredential();
      const token = await store.issue({ ...asked, tokenId: randomUUID(), hash });
      logger.info(
        { tokenId: token.tokenId, consoleId: token.consoleId, role: token.role, subject: token.subject },
        'issued',
      );
      return { token: text, tokenId: token.tokenId, expiresAt: toTimestamp(token.expiresAt) };
    },

    redeemToken: (request) => redeem(parts, request),

    async revokeTokens(request, context) {
      const { selector, message } = readRevoke(request);
      const by = actorText(principalOf(context));
      const { revoked, revision } = await store.revoke(selector, message || standardMessage, by);
      feed.announce(revision);
      logger.info({ by, selector, revoked, revision }, 'revoked');
      return { revoked, revision };
    },

    async *watchRevocations({ afterRevision, fromStart }, { signal }) {
      const after = afterRevision === 0n && !fromStart ? undefined : afterRevision;
      for await (const notice of feed.watch(after, signal)) {
        yield notice.kind === 'heartbeat'
          ? { notice: { $case: 'heartbeat', value: { revision: notice.revision } } }
          : { notice: { $case: 'revocation', value: revocationMessage(notice.revocation) } };
      }
    },

    async listTokens({ consoleId, subject, pageSize, pageToken }) {
      const limit = pageSize === 0 ? 100 : Math.min(pageSize, 1000);
      const after = decodePageToken(pageToken);
      const tokens = await store.list({
        ...(consoleId ? { consoleId } : {}),
        ...(subject ? { subject } : {}),
        ...(after ? { after } : {}),
        limit: limit + 1,
      });
      const page = tokens.slice(0, limit);
      const last = page.at(-1);
      return {
        tokens: page.map(tokenMessage),
        nextPageToken: tokens.length > limit && last ? encodePageToken(last) : '',
      };
    },

    async listGrantKeys() {
      const keys = await store.listGrantKeys();
      return { keys: keys.map((key) => ({ ...key, expiresAt: toTimestamp(key.expiresAt) })) };
    },
  });
}

async function redeem(
  { store, signer, guesses, logger, sessionMs }: ServiceParts,
  request: RedeemTokenRequest,
): Promise<RedeemTokenResponse> {
  const { credential, proxyId, kind } = readRedeem(request);
  guesses.check(proxyId);
  const next = createCredential();
  const redemption = { hash: hashCredential(credential.text), kind, nextTicket: next.hash };
  try {
    const session =
      credential.kind === 'token'
        ? await store.redeemToken({ ...redemption, sessionId: randomUUID(), sessionMs })
        : await store.redeemTicket(redemption);
    const { grant, contents } = await signer.sign(session, proxyId, await store.now());
    logger.info(
      { sessionId: session.sessionId, tokenId: session.tokenId, proxyId, with: credential.kind },
      'redeemed',
    );
    return {
      grant,
      contents,
      resumeTicket: next.text,
      sessionExpiresAt: toTimestamp(session.expiresAt),
    };
  } catch (error) {
    if (error instanceof MeshError && guessed.has(error.reason)) guesses.wrong(proxyId);
    throw error;
  }
}
