import { once } from 'node:events';
import { request } from 'node:https';
import { WebSocket } from 'ws';
import type { SimulatedOpenbmc } from './start-simulated-openbmc.ts';

export const basic = { authorization: `Basic ${Buffer.from('root:0penBmc').toString('base64')}` };

export interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they want
  readonly body: any;
}

/** One request to a simulated OpenBMC. */
export async function ask(
  { https }: SimulatedOpenbmc,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: object } = {},
): Promise<Answered> {
  const asking = request({ ...https, method, path, headers, rejectUnauthorized: false, agent: false });
  asking.end(body && JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Opens a console. @throws when it is refused: `Unexpected server response: 401` */
export async function openConsole(
  { https }: SimulatedOpenbmc,
  path = '/console0',
  { headers = basic, protocol }: { headers?: Record<string, string>; protocol?: string } = {},
) {
  const url = `wss://${https.host}:${https.port}${path}`;
  const socket = new WebSocket(url, protocol ? [protocol] : [], { headers, rejectUnauthorized: false });
  let text = '';
  let frames = 0;
  let binary = true;
  let largest = 0;
  const closed = once(socket, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }));
  socket.on('message', (data: Buffer, isBinary) => {
    text += data.toString('utf8');
    frames++;
    binary &&= isBinary;
    largest = Math.max(largest, data.length);
  });
  closed.catch(() => {});
  await once(socket, 'open');
  socket.on('error', () => {});
  return {
    socket,
    closed,
    get text() {
      return text;
    },
    get seen() {
      return { frames, binary, largest };
    },
  };
}
