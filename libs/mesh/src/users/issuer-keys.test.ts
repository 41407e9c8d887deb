import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../log/logger.ts';
import { createIssuerKeys, IssuerUnavailable, isSafe, issuerLimits } from './issuer-keys.ts';

const jwk = {
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  kid: 'k1',
  alg: 'EdDSA',
};
const header = { alg: 'EdDSA', kid: 'k1' } as const;
const token = { payload: '', signature: '' };

type Answer = (url: string, issuer: string, response: ServerResponse) => void;
const json = (response: ServerResponse, body: unknown) => response.end(JSON.stringify(body));
/** An issuer that does everything right. */
const right: Answer = (url, issuer, response) =>
  url === '/.well-known/openid-configuration'
    ? json(response, { issuer, jwks_uri: `${issuer}/keys` })
    : json(response, { keys: [jwk] });

async function startIssuer(answer: Answer) {
  const paths: string[] = [];
  let issuer = '';
  const server = createServer((request: IncomingMessage, response) => {
    paths.push(request.url!);
    answer(request.url!, issuer, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the keys of an issuer', () => {
  test('are found where its configuration says', async () => {
    await using issuer = await startIssuer(right);
    const keys = createIssuerKeys({ issuer: issuer.issuer, logger: silentLogger });
    expect(await keys(header, token)).toBeDefined();
    expect(issuer.paths).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  const wrong: [string, Answer, RegExp][] = [
    [
      'a configuration of somebody else',
      (_, __, response) =>
        json(response, { issuer: 'https://other.example', jwks_uri: 'https://other.example/' }),
      /it is not about the issuer/,
    ],
    [
      'keys that come in plaintext from another machine',
      (_, issuer, response) => json(response, { issuer, jwks_uri: 'http://keys.example/' }),
      /its jwks_uri is no https URL/,
    ],
    [
      'keys in a file of this machine',
      (_, issuer, response) => json(response, { issuer, jwks_uri: 'file:///etc/passwd' }),
      /its jwks_uri is no https URL/,
    ],
    ['what is not JSON', (_, __, response) => response.end('<html>'), /the answer is not JSON/],
    ['nothing', (_, __, response) => json(response, null), /it is not about the issuer/],
    [
      'a way elsewhere',
      (_, issuer, response) => response.writeHead(302, { location: `${issuer}/x` }).end(),
      /answered 302, not 200/,
    ],
    [
      'more than anybody needs',
      (_, __, response) => response.end('x'.repeat(issuerLimits.longest + 1)),
      /the answer is longer than/,
    ],
    [
      'too many keys',
      (url, issuer, response) =>
        url === '/keys'
          ? json(response, { keys: Array.from({ length: issuerLimits.keys + 1 }, () => jwk) })
          : right(url, issuer, response),
      /expected a list of at most/,
    ],
    [
      'no keys',
      (url, issuer, response) => (url === '/keys' ? json(response, {}) : right(url, issuer, response)),
      /expected a list of at most/,
    ],
    ['a connection that breaks', (_, __, response) => response.destroy(), /socket hang up/],
  ];
  test.each(wrong)('cannot be had from %s', async (_, answer, why) => {
    await using issuer = await startIssuer(answer);
    const said: unknown[] = [];
    const logger = { ...silentLogger, error: (fields: { why?: string }) => void said.push(fields.why) };
    const keys = createIssuerKeys({ issuer: issuer.issuer, logger });
    await expect(keys(header, token)).rejects.toBeInstanceOf(IssuerUnavailable);
    await expect(keys(header, token)).rejects.toThrow(why);
    expect(said).toEqual([expect.stringMatching(why)]);
    // Who is in a hurry does not ask again at once.
    expect(issuer.paths.filter((path) => path.startsWith('/.well')).length).toBe(1);
  });

  test('that are shared secrets are none', async () => {
    await using issuer = await startIssuer((url, issuer, response) =>
      url === '/keys'
        ? json(response, { keys: [{ kty: 'oct', k: 'AAAA', kid: 'k1', alg: 'HS256' }, null, 7] })
        : right(url, issuer, response),
    );
    const keys = createIssuerKeys({ issuer: issuer.issuer, logger: silentLogger });
    await expect(keys(header, token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    const shared = keys({ alg: 'HS256', kid: 'k1' }, token);
    await expect(shared).rejects.toMatchObject({ code: 'ERR_JOSE_NOT_SUPPORTED' });
  });

  test('are asked for anew behind a call when they are not fresh, and the call does not wait', async () => {
    let now = 0;
    let hold: ServerResponse | undefined;
    const held: Promise<void>[] = [];
    let reached: () => void = () => {};
    held.push(new Promise((resolve) => (reached = resolve)));
    let calls = 0;
    await using issuer = await startIssuer((url, issuer, response) => {
      calls += 1;
      if (calls <= 2) return right(url, issuer, response);
      hold = response;
      reached();
    });
    const keys = createIssuerKeys({ issuer: issuer.issuer, logger: silentLogger, clock: () => now });
    await keys(header, token);
    now = issuerLimits.fresh;
    await keys(header, token);
    await held[0];
    await keys(header, token);
    hold!.destroy();
    expect(calls).toBe(3);
  });
});

test('a URL is safe by https, and by http on this machine only', () => {
  for (const url of [
    'https://id.example/x',
    'http://127.0.0.1:8080/',
    'http://localhost/',
    'http://[::1]/',
  ]) {
    expect(isSafe(new URL(url)), url).toBe(true);
  }
  for (const url of [
    'http://id.example/',
    'http://127.0.0.1.example/',
    'http://10.0.0.1/',
    'ftp://127.0.0.1/',
  ]) {
    expect(isSafe(new URL(url)), url).toBe(false);
  }
});
