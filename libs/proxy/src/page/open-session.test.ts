import { describe, expect, it } from 'vitest';
import { openSession, type SessionEvent } from './open-session.ts';

/** A WebSocket whose other end is the test. */
class FakeSocket {
  static last: FakeSocket;
  readonly OPEN = 1;
  readyState = 1;
  binaryType = '';
  readonly sent: unknown[] = [];
  onopen: () => void = () => {};
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};
  constructor() {
    FakeSocket.last = this;
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.readyState = 3;
  }
  text(message: object): void {
    this.onmessage({ data: JSON.stringify(message) });
  }
  bytes(...values: number[]): void {
    this.onmessage({ data: new Uint8Array(values).buffer });
  }
}

function open() {
  const events: SessionEvent[] = [];
  const session = openSession(
    { url: 'wss://h/session', credential: { token: 'secret' }, WebSocket: FakeSocket as never },
    (event) => events.push(event),
  );
  const socket = FakeSocket.last;
  socket.onopen();
  return { events, session, socket };
}

const turn = () => new Promise<void>((resolve) => queueMicrotask(resolve));

describe('a session', () => {
  it('says who it is in its first frame', () => {
    expect(open().socket.sent).toEqual(['{"type":"open","token":"secret"}']);
  });

  it('hands binary frames to the channel in order, also those that came before anybody listened', async () => {
    const { events, socket } = open();
    socket.text({ type: 'opened', node: 'n', role: 'control' });
    socket.bytes(1);
    socket.bytes(2);
    const [opened] = events;
    if (opened?.type !== 'opened') throw new Error('not opened');
    const heard: number[] = [];
    opened.channel.onmessage = ({ data }) => heard.push(...new Uint8Array(data));
    expect(heard).toEqual([]);
    socket.bytes(3);
    await turn();
    socket.bytes(4);
    expect(heard).toEqual([1, 2, 3, 4]);
  });

  it('ends where bytes pile up that nobody takes, or come before it was opened', () => {
    const early = open();
    early.socket.bytes(1);
    expect(early.events).toEqual([{ type: 'lost', code: 1006 }]);
    const piled = open();
    piled.socket.text({ type: 'opened' });
    for (let count = 0; count < 5; count += 1) piled.socket.onmessage({ data: new ArrayBuffer(100_000) });
    expect(piled.events.map(({ type }) => type)).toEqual(['opened', 'lost']);
  });

  it('tells its end once, and the channel hears of it', async () => {
    const { events, socket } = open();
    socket.text({ type: 'opened' });
    const closes: number[] = [];
    const [opened] = events;
    if (opened?.type === 'opened') opened.channel.onclose = ({ code }) => closes.push(code);
    socket.text({ type: 'closing', reason: 'DRAINING', message: 'm', canResume: true });
    socket.onclose({ code: 4470, reason: 'DRAINING' });
    await turn();
    expect(events.map(({ type }) => type)).toEqual(['opened', 'closing']);
    expect(closes).toEqual([1000]);
  });

  it('takes the reason from the close code where the words did not get through', () => {
    const { events, socket } = open();
    socket.onclose({ code: 4451, reason: 'TOKEN_EXPIRED' });
    expect(events).toMatchObject([{ type: 'closing', reason: 'TOKEN_EXPIRED', canResume: false }]);
    const other = open();
    other.socket.onclose({ code: 1006, reason: '' });
    expect(other.events).toEqual([{ type: 'lost', code: 1006 }]);
  });

  it('is silent after the operator closed it', () => {
    const { events, session, socket } = open();
    session.close();
    socket.text({ type: 'notice', message: 'too late' });
    socket.onclose({ code: 1000, reason: '' });
    expect(events).toEqual([]);
  });
});
