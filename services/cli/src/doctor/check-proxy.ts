import { randomBytes } from 'node:crypto';
import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import type { Node } from '@consolemesh/contracts/conductor';
import { type ConsoleKind, Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toDuration } from '@consolemesh/mesh';
import type { Conductor } from '../context.ts';
import { type Check, skipped } from './check.ts';

/** What the page of a proxy speaks. */
const subProtocol = 'consolemesh.v1';
/** How long the proxy may take to answer, ms. */
const answerMs = 10_000;

/** Makes a URL that nobody will use and looks whether its page and its WebSocket are there, from this machine. */
export async function checkProxy(conductor: Conductor, node: Node, kind: ConsoleKind): Promise<Check[]> {
  let page: URL;
  let socket: URL;
  try {
    const answer = await conductor.consoles.createConsoleUrl({
      node: node.id,
      kind,
      role: Role.VIEW,
      ttl: toDuration(5_000),
      singleUse: true,
      subject: 'consolemesh doctor',
    });
    page = new URL(answer.url);
    // The token stays here: what is asked for is whether somebody answers.
    page.hash = '';
    socket = new URL(answer.websocketUrl);
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    const advice = 'Check that the token service runs and that the conductor knows it.';
    return [
      { name: 'url', state: 'failed', message: `${error.message} (${error.reason})`, advice },
      skipped('page', 'there is no URL'),
      skipped('websocket', 'there is no URL'),
    ];
  }
  const url: Check = { name: 'url', state: 'ok', message: 'can be made (this one goes nowhere)' };
  return [url, await checkPage(page), await checkSocket(socket, page)];
}

async function checkPage(page: URL): Promise<Check> {
  const status = await ask(page, {});
  if (status === 200) return { name: 'page', state: 'ok', message: `${page} answers` };
  return { name: 'page', state: 'failed', ...explain(page, status) };
}

/** A WebSocket handshake (RFC 6455, section 4.1) without a session behind it: the connection ends as soon as it is answered. */
async function checkSocket(socket: URL, page: URL): Promise<Check> {
  const http = new URL(socket.href.replace(/^ws/, 'http'));
  const status = await ask(http, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Protocol': subProtocol,
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      Origin: page.origin,
    },
  });
  if (status === 101) return { name: 'websocket', state: 'ok', message: `${socket} accepts connections` };
  if (status === 403) {
    return {
      name: 'websocket',
      state: 'failed',
      message: `${socket} refuses pages from ${page.origin}`,
      advice:
        'Set CONSOLEMESH_PUBLIC_URL (or CONSOLEMESH_ALLOWED_ORIGINS) of the proxy to the URL that users see.',
    };
  }
  return { name: 'websocket', state: 'failed', ...explain(socket, status) };
}

function explain(url: URL, status: number | string): { message: string; advice: string } {
  if (typeof status === 'number') {
    return {
      message: `${url} answers with HTTP ${status}`,
      advice:
        'Check that the public URL leads to the proxy, and that a reverse proxy before it passes WebSockets on.',
    };
  }
  return {
    message: `${url} cannot be reached from here: ${status}`,
    advice:
      'Check that the proxy runs and that its public URL (a setting of the conductor) is the one that users can reach.',
  };
}

/** The HTTP status of an answer, or why there was none. Certificates are judged as a browser would. */
function ask(url: URL, options: RequestOptions): Promise<number | string> {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((resolve) => {
    const request = get(url, { ...options, agent: false, signal: AbortSignal.timeout(answerMs) });
    const done = (answer: IncomingMessage) => {
      resolve(answer.statusCode ?? 0);
      request.destroy();
    };
    request.on('response', done);
    request.on('upgrade', done);
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.name === 'TimeoutError' || error.name === 'AbortError'
          ? 'no answer in time'
          : (error.code ?? error.message),
      ),
    );
  });
}
