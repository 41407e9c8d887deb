import { randomUUID } from 'node:crypto';
import {
  type Grant,
  type RedeemTokenResponse,
  type Revocation,
  TokenServiceDefinition,
  type TokenServiceImplementation,
  type WatchRevocationsResponse,
} from '@consolemesh/contracts/token';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { bind, plaintext, serve, silentLogger, toTimestamp } from '@consolemesh/mesh';
import { createBroadcast } from './broadcast.ts';

/** A token service in memory: tokens and tickets as the contract says, revocations on request. */
export interface FakeTokenService extends AsyncDisposable {
  readonly target: string;
  /** Makes a token. */
  issue(wish?: Partial<Wish>): string;
  /** Tells all watchers; empty fields are no selector. */
  revoke(selector: Partial<Omit<Revocation, 'revision'>>): void;
  readonly revocations: readonly Revocation[];
  /** Revisions that watchers asked to go on from. */
  readonly watchedFrom: bigint[];
  readonly redemptions: number;
}

/** What a token opens. */
export interface Wish {
  readonly consoleId: string;
  readonly role: 'control' | 'view';
  readonly kind: 'graphical' | 'serial';
  readonly subject: string;
  readonly tokenId: string;
  readonly error: MeshError;
  /** ms since the epoch. */
  readonly sessionExpiresAt: number;
}

/** Starts one on a loopback port; the same port again with `port`, with what `past` was told to revoke. */
export async function startFakeTokenService(
  options: { port?: number; past?: FakeTokenService } = {},
): Promise<FakeTokenService> {
  const tokens = new Map<string, Partial<Wish>>();
  const tickets = new Map<string, { wish: Partial<Wish>; sessionId: string }>();
  const revocations: Revocation[] = [...(options.past?.revocations ?? [])];
  const watchers = createBroadcast<WatchRevocationsResponse>();
  const watchedFrom: bigint[] = [];
  let redemptions = 0;

  const implementation: Partial<TokenServiceImplementation> = {
    async redeemToken({ credential, proxyId, kind }) {
      redemptions += 1;
      const known = credential?.$case === 'resumeTicket' ? tickets.get(credential.value) : undefined;
      if (credential?.$case === 'resumeTicket') {
        if (!known) throw new MeshError('RESUME_INVALID');
        tickets.delete(credential.value);
      }
      const wish = known?.wish ?? tokens.get(credential?.value ?? '');
      if (!wish) throw new MeshError('TOKEN_INVALID');
      if (wish.error) throw wish.error;
      const wanted = wish.kind === 'serial' ? ConsoleKind.SERIAL : ConsoleKind.GRAPHICAL;
      if (kind !== wanted) throw new MeshError('TOKEN_WRONG_KIND');
      const contents = grantOf(wish, known?.sessionId ?? randomUUID(), proxyId);
      const resumeTicket = randomUUID();
      tickets.set(resumeTicket, { wish, sessionId: contents.sessionId });
      return answerOf(contents, resumeTicket);
    },
    async *watchRevocations({ afterRevision }, { signal }) {
      watchedFrom.push(afterRevision);
      const listening = watchers.listen(signal);
      yield {
        notice: { $case: 'heartbeat', value: { revision: BigInt(revocations.length) } },
      };
      if (afterRevision > 0n) {
        for (const value of revocations.filter(({ revision }) => revision > afterRevision)) {
          yield { notice: { $case: 'revocation', value } };
        }
      }
      yield* listening;
    },
  };
  const server = await serve({
    listen: { host: '127.0.0.1', port: options.port ?? 0 },
    trust: plaintext,
    logger: silentLogger,
    services: [bind(TokenServiceDefinition, implementation as TokenServiceImplementation)],
    drainMs: 100,
  });
  const beat = setInterval(() => {
    const revision = BigInt(revocations.length);
    watchers.send({ notice: { $case: 'heartbeat', value: { revision } } });
  }, 2_000);
  beat.unref();
  return {
    target: server.target,
    issue(wish = {}) {
      const token = randomUUID();
      tokens.set(token, wish);
      return token;
    },
    revoke(selector) {
      const revision = BigInt(revocations.length + 1);
      const value: Revocation = {
        actor: 'user/operator',
        revoked: 1,
        revokedAt: undefined,
        revision,
        tokenId: '',
        consoleId: '',
        subject: '',
        sessionId: '',
        message: '',
        ...selector,
      };
      revocations.push(value);
      watchers.send({ notice: { $case: 'revocation', value } });
    },
    revocations,
    watchedFrom,
    get redemptions() {
      return redemptions;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await server[Symbol.asyncDispose]();
    },
  };
}

function grantOf(wish: Partial<Wish>, sessionId: string, proxyId: string): Grant {
  return {
    sessionId,
    key: { consoleId: wish.consoleId ?? 'console-1', generation: 1n },
    kind: wish.kind === 'serial' ? ConsoleKind.SERIAL : ConsoleKind.GRAPHICAL,
    role: wish.role === 'view' ? Role.VIEW : Role.CONTROL,
    subject: wish.subject ?? 'alice',
    tokenId: wish.tokenId ?? 'token-1',
    proxyId,
    expiresAt: toTimestamp(Date.now() + 60_000),
    sessionExpiresAt: toTimestamp(wish.sessionExpiresAt ?? Date.now() + 3_600_000),
  };
}

function answerOf(contents: Grant, resumeTicket: string): RedeemTokenResponse {
  const grant = { payload: Buffer.from(contents.sessionId), keyId: 'fake', signature: Buffer.alloc(64) };
  return { grant, contents, resumeTicket, sessionExpiresAt: contents.sessionExpiresAt };
}
