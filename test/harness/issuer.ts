import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** A user as the issuer knows him. */
export interface IssuerUser {
  readonly groups?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A real OpenID provider on loopback. Each user is a client of it that asks for a token of his own (RFC 6749, section 4.4). */
export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** A JWT that the provider has issued for an audience. */
  token(user: string, audience?: string): Promise<string>;
  /** A JWT signed with the provider's key, with these claims beside the ordinary ones; `undefined` leaves one out. */
  forge(claims: object, how?: Forgery): string;
  /** Takes another key, and forgets the one before. */
  rotate(): void;
  /** Nobody answers until it is started again, at the same place. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Requests that it has had. */
  requests(): number;
}

/** How a token is made wrong. */
export interface Forgery {
  readonly header?: object;
  /** `hmac`: with the public key as a shared secret (the confusion of algorithms); `none`: not at all; `foreign`: with another key. */
  readonly signed?: 'right' | 'hmac' | 'none' | 'foreign';
}

export const issuerAudience = 'https://consolemesh.test';
const secret = 'the secret of every client in this test';

interface Key {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}

/** Starts one for these users. */
export async function startIssuer(users: Readonly<Record<string, IssuerUser>>): Promise<Issuer> {
  let key = makeKey(1);
  let count = 0;
  let server: Server | undefined;
  let answer: ReturnType<Provider['callback']>;
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const url = `http://127.0.0.1:${port}`;
  const take = (next: Key) => {
    key = next;
    answer = new Provider(url, configurationOf(users, next)).callback();
  };

  async function start(): Promise<void> {
    const started = createServer((request, response) => {
      count += 1;
      void answer(request, response);
    });
    started.listen(port, '127.0.0.1');
    await once(started, 'listening');
    server = started;
  }
  async function stop(): Promise<void> {
    const stopped = server;
    server = undefined;
    stopped?.closeAllConnections();
    stopped?.close();
    if (stopped) await once(stopped, 'close');
  }

  take(key);
  await start();
  return {
    url,
    requests: () => count,
    start,
    stop,
    rotate: () => take(makeKey(Number(key.kid.slice(1)) + 1)),
    forge: (claims, how) => forge(url, key, claims, how),
    async token(user, audience = issuerAudience) {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (!answer.access_token) throw new Error(`no token for ${user}: ${JSON.stringify(answer)}`);
      return answer.access_token;
    },
    [Symbol.asyncDispose]: stop,
  };
}

function makeKey(number: number): Key {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return { kid: `k${number}`, privateKey, publicPem };
}

function configurationOf(users: Readonly<Record<string, IssuerUser>>, key: Key): Configuration {
  const jwk = key.privateKey.export({ format: 'jwk' });
  return {
    clients: Object.keys(users).map((name) => ({
      client_id: name,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys: [{ ...jwk, kid: key.kid, alg: 'RS256', use: 'sig' } as never] },
    extraTokenClaims: (_, { clientId }) => {
      const { groups, claims } = users[clientId ?? ''] ?? {};
      return { ...(groups ? { groups: [...groups] } : {}), ...claims };
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: '',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}

function forge(issuer: string, key: Key, claims: object, { header, signed = 'right' }: Forgery = {}): string {
  const now = Math.floor(Date.now() / 1_000);
  const ordinary = { iss: issuer, aud: issuerAudience, sub: 'ada', iat: now, exp: now + 600 };
  const alg = signed === 'hmac' ? 'HS256' : signed === 'none' ? 'none' : 'RS256';
  const text = [
    { alg, kid: key.kid, typ: 'at+jwt', ...header },
    { ...ordinary, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = {
    right: () => sign('sha256', Buffer.from(text), key.privateKey),
    hmac: () => createHmac('sha256', key.publicPem).update(text).digest(),
    none: () => Buffer.alloc(0),
    foreign: () => sign('sha256', Buffer.from(text), makeKey(0).privateKey),
  }[signed]();
  return `${text}.${signature.toString('base64url')}`;
}
