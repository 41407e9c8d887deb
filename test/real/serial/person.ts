import WebSocket from 'ws';
import { createReader } from './reader.ts';

/** Somebody at a serial console whose tab comes back by the rules of the page; one of them types a numbered line after the other. */
export interface Person extends Disposable {
  readonly name: string;
  /** Number of the last line that was typed, and of the last that was heard. */
  readonly typed: number;
  readonly heard: number;
  /** What was doubled or turned round. */
  readonly mistakes: readonly string[];
  /** Connections so far, and how many of them had to be asked for by hand, because the page had given up. */
  readonly connections: number;
  readonly byHand: number;
  /** What the page said of each end. */
  readonly ends: readonly string[];
  /** Longest time without a line that was heard, up to now, ms; counted anew from here. */
  longestSilence(): number;
}

/** What is used of the page's controller, which is compiled for browsers. */
interface PageRules {
  createController(parts: object): {
    start(): Promise<void>;
    act(action: 'reconnect'): void;
    disconnect(): void;
  };
}
interface Channel {
  onmessage: ((event: { data: ArrayBuffer }) => void) | null;
  send(bytes: Uint8Array): void;
  close(): void;
}

const rules = new URL('../../../libs/proxy/src/page/controller.ts', import.meta.url).href;
/** Between two lines of somebody who types, ms. */
const typeEveryMs = 100;
/** Most lines that are typed without an answer; then one is tried from time to time, as a person does. */
const mostUnanswered = 8;
const tryEveryMs = 1_000;
/** When a person asks again for a console that the page has given up, ms. */
const askAgainMs = 1_000;

/** Node.js 20 has no WebSocket of its own, and none sends an Origin. */
class PageSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { origin: new URL(url.replace(/^ws/, 'http')).origin });
    this.on('error', () => {});
  }
}

/** Opens a console by its link; `types`: not a watcher. */
export async function sitDown(name: string, link: string, { types }: { types: boolean }): Promise<Person> {
  Object.assign(globalThis, { WebSocket: PageSocket });
  const { createController } = (await import(rules)) as PageRules;
  const url = new URL(link);
  let ticket: string | undefined;
  let channel: Channel | undefined;
  let [typed, connections, byHand, unanswered, lastTyped] = [0, 0, 0, 0, 0];
  let [heardAt, longest] = [performance.now(), 0];
  const ends: string[] = [];
  let again: NodeJS.Timeout | undefined;
  const reader = createReader(() => {
    const now = performance.now();
    longest = Math.max(longest, now - heardAt);
    heardAt = now;
    unanswered = 0;
  });

  const controller = createController({
    url: { token: new URLSearchParams(url.hash.slice(1)).get('token'), node: name, options: {} },
    endpoint: `ws://${url.host}/session`,
    tickets: {
      get: () => ticket,
      set: (next: string) => (ticket = next),
      clear: () => (ticket = undefined),
      node: () => name,
      setNode: () => {},
    },
    twin: () => ({ exists: async () => false }),
    load: async () => show,
    changed: ({ state }: { state: { kind: string; reason?: string; message?: string } }) => {
      if (state.kind !== 'connected') channel = undefined;
      if (state.kind !== 'ended' || state.reason === 'DISCONNECTED') return;
      ends.push(`${state.reason}: ${state.message}`);
      again = setTimeout(() => {
        byHand += 1;
        controller.act('reconnect');
      }, askAgainMs);
    },
    notice: () => {},
  });

  function show(console: { channel: Channel }, tell: { connected(): void }) {
    reader.begin();
    connections += 1;
    console.channel.onmessage = ({ data }) => reader.read(Buffer.from(data).toString('latin1'));
    tell.connected();
    channel = console.channel;
    unanswered = 0;
    return { close() {} };
  }

  const typing = setInterval(() => {
    const now = performance.now();
    if (!channel || (unanswered >= mostUnanswered && now - lastTyped < tryEveryMs)) return;
    lastTyped = now;
    unanswered += 1;
    channel.send(Buffer.from(answerTo(reader.end()) ?? line()));
  }, typeEveryMs);
  if (!types) clearInterval(typing);

  /** Two blanks are typed and one comes back: what is heard is the machine's answer, not its echo. */
  function line(): string {
    typed += 1;
    return `echo heard  ${`${typed}`.padStart(6, '0')};\r`;
  }

  await controller.start();
  return {
    name,
    mistakes: reader.mistakes,
    ends,
    get typed() {
      return typed;
    },
    get heard() {
      return reader.last();
    },
    get connections() {
      return connections;
    },
    get byHand() {
      return byHand;
    },
    longestSilence() {
      const silence = Math.max(longest, performance.now() - heardAt);
      [longest, heardAt] = [0, performance.now()];
      return silence;
    },
    [Symbol.dispose]() {
      clearInterval(typing);
      clearTimeout(again);
      controller.disconnect();
    },
  };
}

/** What a person types who sees this last. */
function answerTo(shown: string): string | undefined {
  if (/login: $/.test(shown)) return 'ada\r';
  return /Password: $/.test(shown) ? 'any\r' : undefined;
}
