import {
  type GrantKey,
  type Revocation as RevocationMessage,
  TokenServiceDefinition,
} from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { type Connection, fromTimestamp, toDuration } from '@consolemesh/mesh';
import type { ConsoleKind, Role } from '../domain/kinds.ts';
import { kindToWire, roleToWire } from '../wire/kinds.ts';

/** What the conductor needs of the token service. */
export interface TokenPort {
  issue(wish: TokenWish): Promise<IssuedToken>;
  /** Public key of a grant, SPKI DER. @throws MeshError GRANT_INVALID when nobody signs with it, TOKEN_SERVICE_UNAVAILABLE */
  grantKey(keyId: string): Promise<Uint8Array>;
  /** Revocations after a revision, all that are kept for 0, then those that come; with each silence how far everything has been told. */
  watchRevocations(after: bigint, signal: AbortSignal): AsyncGenerator<RevocationNotice>;
}

/** One message of the watch. */
export type RevocationNotice =
  | { readonly kind: 'revocation'; readonly revocation: Revocation }
  | { readonly kind: 'quiet'; readonly revision: bigint };

/** What somebody revoked. */
export interface Revocation {
  readonly revision: bigint;
  readonly selector: {
    readonly by: 'tokenId' | 'consoleId' | 'subject' | 'sessionId';
    readonly value: string;
  };
  /** Identity that did it; empty where the token service did not keep it. */
  readonly actor: string;
  /** How many live tokens or sessions that ended. */
  readonly revoked: number;
  /** Milliseconds since the epoch. */
  readonly revokedAt: number;
}

/** A token to be made. */
export interface TokenWish {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly kind: ConsoleKind;
  readonly role: Role;
  readonly subject: string;
  /** Undefined: the token service's default. */
  readonly ttlMs: number | undefined;
  readonly singleUse: boolean;
}

/** A token, shown once. */
export interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** A made-up key id must not become a call to the token service each time. */
const unknownKeyPauseMs = 1_000;

/** The token service behind a connection. Keys are kept until they expire and read again when a grant names an unknown one. */
export function createTokenPort(connection: Pick<Connection, 'client'>, now: () => number): TokenPort {
  const client = connection.client(TokenServiceDefinition);
  let keys = new Map<string, GrantKey>();
  let reading: Promise<void> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  async function readKeys(): Promise<void> {
    const answer = await unavailable(() => client.listGrantKeys({}));
    keys = new Map(answer.keys.map((key) => [key.keyId, key]));
    readAt = now();
  }

  const find = (keyId: string): GrantKey | undefined => {
    const key = keys.get(keyId);
    return key && (fromTimestamp(key.expiresAt) ?? Number.POSITIVE_INFINITY) > now() ? key : undefined;
  };

  return {
    async issue(wish) {
      const answer = await unavailable(() =>
        client.issueToken({
          key: { consoleId: wish.consoleId, generation: wish.generation },
          kind: kindToWire(wish.kind),
          role: roleToWire(wish.role),
          subject: wish.subject,
          ttl: wish.ttlMs === undefined ? undefined : toDuration(wish.ttlMs),
          singleUse: wish.singleUse,
        }),
      );
      return {
        token: answer.token,
        tokenId: answer.tokenId,
        expiresAt: fromTimestamp(answer.expiresAt) ?? 0,
      };
    },
    async *watchRevocations(after, signal) {
      const request = { afterRevision: after, fromStart: after === 0n };
      for await (const { notice } of client.watchRevocations(request, { signal })) {
        if (notice?.$case === 'heartbeat') yield { kind: 'quiet', revision: notice.value.revision };
        else if (notice) yield { kind: 'revocation', revocation: revocationOf(notice.value) };
      }
    },
    async grantKey(keyId) {
      const known = find(keyId);
      if (known) return known.publicKey;
      if (now() - readAt >= unknownKeyPauseMs) {
        reading ??= readKeys().finally(() => {
          reading = undefined;
        });
      }
      await reading;
      const read = find(keyId);
      if (!read) throw new MeshError('GRANT_INVALID');
      return read.publicKey;
    },
  };
}

const selectors = ['tokenId', 'consoleId', 'subject', 'sessionId'] as const;

function revocationOf(wire: RevocationMessage): Revocation {
  const by = selectors.find((name) => wire[name] !== '') ?? 'tokenId';
  const { revision, actor, revoked } = wire;
  const revokedAt = fromTimestamp(wire.revokedAt) ?? Number.NaN;
  return { revision, selector: { by, value: wire[by] }, actor, revoked, revokedAt };
}

async function unavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (
      error instanceof MeshError &&
      ['UNAVAILABLE', 'DRAINING', 'DEADLINE_EXCEEDED'].includes(error.reason)
    ) {
      throw new MeshError('TOKEN_SERVICE_UNAVAILABLE', undefined, { cause: error });
    }
    throw error;
  }
}
