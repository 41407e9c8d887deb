import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type Grant, type SignedGrant, TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { bind, plaintext, serve, signGrant, silentLogger, toTimestamp } from '@consolemesh/mesh';
import type { Scheduler } from '../scheduler.ts';

/** As much of a token service as the conductor meets, behind real gRPC. */
export interface FakeToken extends AsyncDisposable {
  readonly target: string;
  readonly issued: { subject: string; role: Role }[];
  /** A grant as RedeemToken would sign it. */
  grant(grant: Partial<Grant> & Pick<Grant, 'key'>): SignedGrant;
  /** A grant that somebody else signed. */
  forge(grant: Partial<Grant> & Pick<Grant, 'key'>): SignedGrant;
}

/** Starts it on a free loopback port. */
export async function startFakeToken(scheduler: Pick<Scheduler, 'now'>): Promise<FakeToken> {
  const keyPair = generateKeyPairSync('ed25519');
  const stranger = generateKeyPairSync('ed25519');
  const issued: FakeToken['issued'] = [];
  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 100,
    services: [
      bind(TokenServiceDefinition, {
        async issueToken({ subject, role }) {
          issued.push({ subject, role });
          return {
            token: `secret-${issued.length}`,
            tokenId: randomUUID(),
            expiresAt: toTimestamp(scheduler.now()),
          };
        },
        redeemToken: async () => ({}),
        revokeTokens: async () => ({}),
        async *watchRevocations() {},
        listTokens: async () => ({}),
        async listGrantKeys() {
          const publicKey = keyPair.publicKey.export({ format: 'der', type: 'spki' });
          return {
            keys: [{ keyId: 'k1', publicKey, expiresAt: toTimestamp(scheduler.now() + 3_600_000) }],
          };
        },
      }),
    ],
  });
  const complete = (grant: Partial<Grant> & Pick<Grant, 'key'>): Grant => ({
    sessionId: randomUUID(),
    kind: ConsoleKind.GRAPHICAL,
    role: Role.CONTROL,
    subject: 'alice',
    tokenId: 't1',
    proxyId: 'proxy-1',
    expiresAt: toTimestamp(scheduler.now() + 60_000),
    sessionExpiresAt: toTimestamp(scheduler.now() + 3_600_000),
    ...grant,
  });
  return {
    target: server.target,
    issued,
    grant: (grant) => signGrant(complete(grant), 'k1', keyPair.privateKey),
    forge: (grant) => signGrant(complete(grant), 'k1', stranger.privateKey),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
