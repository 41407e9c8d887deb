import { type Logger, type Running, serve, serveWhile, type Trust, type Users } from '@consolemesh/mesh';
import { createGrantSigner } from './grant-signer.ts';
import { createGuessLimit } from './guess-limit.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createRevocationFeed } from './revocation-feed.ts';
import { createTokenService } from './service.ts';
import { openTokenStore } from './store/open-token-store.ts';

/** What the token service runs with. */
export interface TokenServiceOptions {
  /** Where to listen; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly trust: Trust;
  readonly logger: Logger;
  /** Who may call with a password or a token; nobody unless told. */
  readonly users?: Users | undefined;
  /** Users and groups who may list and revoke; `user/admin` unless told. */
  readonly administrators?: readonly string[] | undefined;
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  readonly databaseUrl: string;
  /** How long a token can be redeemed when its issuer does not say, ms; 600 s unless told. */
  readonly tokenTtlMs?: number;
  /** The longest that an issuer may ask for, ms; a day unless told. */
  readonly tokenTtlMaxMs?: number;
  /** The longest that a session may last, ms; 8 hours unless told. */
  readonly sessionMaxMs?: number;
  /** Instead of the database's clock, ms since the epoch; for tests. */
  readonly clock?: () => number;
}

/** A token service that runs. */
export interface TokenServiceHandle extends Running {
  readonly host: string;
  readonly port: number;
  /** gRPC target URI of this instance. */
  readonly target: string;
}

const hour = 60 * 60_000;

/**
 * Starts the token service: opens its store, publishes a grant key of its own and serves token.v1.
 * Rejects with what `openDatabase` and `serve` say when they cannot; then nothing is left open.
 */
export async function startTokenService(options: TokenServiceOptions): Promise<TokenServiceHandle> {
  const { listen, trust, logger, databaseUrl, clock } = options;
  const ttl = { defaultMs: options.tokenTtlMs ?? hour / 6, maxMs: options.tokenTtlMaxMs ?? 24 * hour };
  const sessionMs = options.sessionMaxMs ?? 8 * hour;
  const opened: (Disposable | AsyncDisposable)[] = [];
  const store = keep(
    opened,
    await openTokenStore({
      url: databaseUrl,
      ...(clock ? { clock } : {}),
      onConnectionLost: (error) => logger.warn({ err: error }, 'lost a connection to the database'),
    }),
  );
  try {
    const signer = await createGrantSigner(store);
    // A day longer than a session can last: see RevocationFeed.watch.
    const retention = { expiredMs: 24 * hour, revocationMs: sessionMs + 24 * hour };
    keep(opened, startHousekeeping({ store, signer, logger, retention }));
    const feed = keep(opened, createRevocationFeed(store));
    const guesses = createGuessLimit();
    const service = createTokenService({ store, signer, feed, guesses, logger, ttl, sessionMs });
    const { users, administrators } = options;
    const server = keep(
      opened,
      await serve({ listen, trust, logger, users, administrators, services: [service] }),
    );
    keep(
      opened,
      serveWhile({
        ...{ name: 'the database', logger, setServing: server.setServing },
        ask: () => store.now(),
      }),
    );
    return {
      host: server.host,
      port: server.port,
      target: server.target,
      describe: `token.v1 at ${server.target}`,
      [Symbol.asyncDispose]: () => close(opened),
    };
  } catch (error) {
    await close(opened);
    throw error;
  }
}

function keep<T extends Disposable | AsyncDisposable>(opened: (Disposable | AsyncDisposable)[], one: T): T {
  opened.push(one);
  return one;
}

/** Closes what was opened, the last first. */
async function close(opened: (Disposable | AsyncDisposable)[]): Promise<void> {
  for (let one = opened.pop(); one; one = opened.pop()) {
    if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
    else one[Symbol.dispose]();
  }
}
