import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HttpError } from './index.ts';
import { asError, clientOf } from './testing/ask.ts';
import { startHttps, startTcp, startTlsServer } from './testing/start-server.ts';

describe('an HTTP client and secrets', () => {
  it('never shows a password, whatever goes wrong', async () => {
    const canary = 'canary-5f2a';
    const echo = (socket: NodeJS.WritableStream & NodeJS.ReadableStream) =>
      socket.once('data', (bytes: Buffer) => socket.end(bytes));
    const servers = [
      await startTlsServer(echo),
      await startTcp(echo),
      await startHttps((request, response) => {
        response.writeHead(302, { location: '/', 'x-echo': request.headers.authorization ?? '' }).end();
      }),
      await startHttps(({ socket }) => socket.destroy()),
    ];
    for (const started of servers) {
      await using server = started;
      await using client = clientOf(server, { credentials: { username: 'root', password: canary } });
      const error = await client
        .request({ method: 'POST', path: '/', body: canary, headers: { 'x-auth-token': canary } })
        .catch(asError);
      expect(error).toBeInstanceOf(HttpError);
      const shown = inspect([error, client], { depth: Infinity, showHidden: true });
      expect(shown).not.toContain(canary);
      expect(shown).not.toContain(Buffer.from(`root:${canary}`).toString('base64'));
    }
  });
});
