import { randomBytes } from 'node:crypto';
import { connect as dial } from 'node:net';
import { MeshError } from '@consolemesh/errors';
import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { eventually } from '../harness/eventually.ts';
import type { Line } from '../harness/line.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { knock, openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';

let mesh: Mesh;
let user: User;

beforeAll(async () => {
  mesh = await startMesh({ proxy: { limits: { headersMs: 1_000, handshakeMs: 1_000 } } });
  user = createUser(mesh);
  await user.node('n1', { info: { fake_max_sessions: '1' } });
  await user.enable('n1');
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** The one place of the console is free, and the mesh serves: whatever was done before has left nothing behind. */
async function stillServes(): Promise<void> {
  await eventually(async () => (await user.console('n1')).sessions === 0, Boolean, { what: 'a free place' });
  using tab = await openConsole((await user.link('n1')).url);
  expect(await tab.screen()).toHaveLength(320 * 200 * 4);
}

/** Sends bytes, all at once or one by one, and waits until the server hangs up, or has been silent for a while. */
async function send(line: Line, bytes: Buffer | string, { trickle = false } = {}): Promise<void> {
  const socket = dial(line.port, line.host);
  socket.on('error', () => {});
  socket.resume();
  const all = Buffer.from(bytes as string);
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (!trickle) socket.write(all);
  else
    for (let at = 0; at < all.length && !socket.destroyed; at++)
      await new Promise((sent) => socket.write(all.subarray(at, at + 1), sent));
  socket.setTimeout(1_500, () => socket.destroy());
  await over;
}

const garbage: readonly [string, () => Buffer | string][] = [
  ['random bytes', () => randomBytes(64 * 1024)],
  ['nothing but zeros', () => Buffer.alloc(64 * 1024)],
  ['a request line without end', () => `GET /${'x'.repeat(256 * 1024)}`],
  ['headers without end', () => `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(50_000)}`],
  ['TLS where there is none', () => Buffer.from('16030100f8010000f40303', 'hex')],
  ['RFB', () => 'RFB 003.008\n'],
  [
    'an HTTP/2 preface and then garbage',
    () => Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), randomBytes(4_096)]),
  ],
  [
    'an HTTP/2 frame larger than any',
    () =>
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        Buffer.from('ffffff000000000001', 'hex'),
      ]),
  ],
];

test.each(garbage)('every listener bears %s, at once and byte by byte', async (_what, make) => {
  const parts = [
    mesh.conductors,
    mesh.tokens,
    mesh.proxies,
    mesh.vncDrivers,
    mesh.fakeDrivers,
    mesh.providers,
  ].flat();
  const lines = parts.flatMap((part) => part.lines);
  await Promise.all(lines.map((line) => send(line, make())));
  await Promise.all(
    lines.map((line) => send(line, Buffer.from(make() as string).subarray(0, 300), { trickle: true })),
  );
  await stillServes();
});

describe('gRPC', () => {
  /** A call with bytes that no encoder would make. */
  function call(target: string, path: string, bytes: Buffer): Promise<number> {
    const client = new Client(target, ChannelCredentials.createInsecure());
    const raw = (value: Buffer) => value;
    return new Promise((resolve) => {
      client.makeUnaryRequest(path, raw, raw, bytes, (error) => {
        client.close();
        resolve(error?.code ?? 0);
      });
    });
  }

  test('refuses a message that is no protobuf, one that is too large, and a method that does not exist', async () => {
    const create = '/consolemesh.conductor.v1.NodeService/CreateNode';
    for (const bytes of [
      Buffer.alloc(300, 0xff),
      Buffer.from('0affffffff0f', 'hex'),
      Buffer.alloc(5 * 1024 * 1024),
    ]) {
      expect(await call(mesh.conductorTarget, create, bytes)).not.toBe(0);
    }
    expect(await call(mesh.conductorTarget, `${create}2`, Buffer.alloc(0))).toBe(12);
    expect((await user.nodes.listNodes({})).nodes.map(({ name }) => name)).toEqual(['n1']);
    await stillServes();
  });

  test('refuses empty requests with a reason, wherever they are sent', async () => {
    const calls = Object.entries({
      ...user.nodes,
      ...user.consoles,
      ...user.sessions,
      ...user.tokens,
    }).filter(([name]) => !/^(list|watch|keep)/.test(name));
    expect(calls.length).toBeGreaterThan(12);
    for (const [name, method] of calls) {
      const outcome = await answerOf(
        (method as (request: object) => Promise<unknown> | AsyncIterable<unknown>)({}),
      ).catch((error: unknown) => error);
      expect(outcome, name).toBeInstanceOf(MeshError);
      expect((outcome as MeshError).reason, name).not.toMatch(/^(INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED)$/);
    }
  });
});

describe('a browser’s door', () => {
  test.each(['https://evil.example', 'http://127.0.0.1:1', 'null'])(
    'is closed to pages of %s',
    async (origin) => {
      await expect(knock((await user.link('n1')).url, { origin })).rejects.toThrow('403');
      await stillServes();
    },
  );

  const words: readonly [string, (socket: WebSocket) => void, RegExp][] = [
    ['text that is no JSON', (socket) => socket.send('{'), /^PROTOCOL_VIOLATION$/],
    ['JSON that is no message', (socket) => socket.send('[1]'), /^PROTOCOL_VIOLATION$/],
    ['console bytes before anything', (socket) => socket.send(Buffer.alloc(100)), /^PROTOCOL_VIOLATION$/],
    ['a take-over of nothing', (socket) => socket.send('{"type":"take-over"}'), /^PROTOCOL_VIOLATION$/],
    [
      'a control message of 1 MiB',
      (socket) => socket.send('x'.repeat(1024 * 1024)),
      /^(MESSAGE_TOO_LARGE|PROTOCOL_VIOLATION)$/,
    ],
    ['nothing at all', () => {}, /^HANDSHAKE_TIMEOUT$/],
  ];
  test.each(words)('answers %s with a reason', async (_what, say, reason) => {
    const socket = new WebSocket(`${mesh.publicUrl.replace('http', 'ws')}session`, ['consolemesh.v1'], {
      origin: mesh.publicUrl.slice(0, -1),
    });
    socket.once('open', () => say(socket));
    const [, word] = await new Promise<[number, Buffer]>((resolve) =>
      socket.once('close', (...ends) => resolve(ends)),
    );
    expect(word.toString()).toMatch(reason);
    await stillServes();
  });
});

/** What a call answers, or the first that a stream does. */
async function answerOf(call: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  if (!(Symbol.asyncIterator in call)) return call;
  for await (const answer of call) return answer;
  return undefined;
}

test('every mistake in the options of a node is told at once, when it is made and when it is validated', async () => {
  const info = {
    vnc_port: '70000',
    vnc_verify: 'perhaps',
    vnc_pin: 'beef',
    vnc_addres: 'typo',
    vnc_max_sessions: '0',
  };
  const fields = ['vnc_address', ...Object.keys(info)].map((name) => `driver_info.${name}`).sort();
  const error = await user.node('wrong', { driver: 'vnc', info }).catch((thrown: MeshError) => thrown);
  expect(error).toBeInstanceOf(MeshError);
  expect([...new Set((error as MeshError).violations.map(({ field }) => field))].sort()).toEqual(fields);
  // A driver that was not there when the node was made finds them later.
  mesh.vncDrivers[0]!.kill();
  await eventually(
    async () =>
      (await user.inventory.listDrivers({})).drivers.find(({ name }) => name === 'vnc')?.instances[0]
        ?.message !== '',
  );
  await user.node('wrong', { driver: 'vnc', info });
  await mesh.vncDrivers[0]!.restart();
  const validated = await eventually(
    async () =>
      (await user.nodes.validateNode({ node: 'wrong' })).interfaces.find(
        (item) => item.interface === 'graphical',
      ),
    (item) => (item?.violations.length ?? 0) > 1,
  );
  expect([...new Set(validated!.violations.map(({ field }) => field))].sort()).toEqual(fields);
});
