import type { LogWish } from '@consolemesh/proxy/page';
import { describe, expect, it } from 'vitest';
import { createLogReader, type LogPart } from './read-log.ts';

const piece = (at: number, length = 1) => ({ at, data: new Uint8Array(length) });

function reader() {
  const sent: LogWish[] = [];
  const parts: LogPart[] = [];
  const failures: [string, string | undefined][] = [];
  let late: (() => void) | undefined;
  const made = createLogReader({
    send: (wish) => sent.push(wish),
    progress: () => {},
    done: (part) => parts.push(part),
    failed: (...why) => failures.push(why),
    after(_ms, act) {
      late = act;
      return () => {
        late = undefined;
      };
    },
  });
  const hear = (more: object) => made.hear({ type: 'log', reading: 1, ...more } as never);
  return { made, sent, parts, failures, hear, late: () => late?.() };
}

describe('reading a log', () => {
  it('gathers the pieces, asking for more when the proxy waits', () => {
    const { made, sent, parts, hear } = reader();
    made.read({ since: 5 });
    hear({ pieces: [piece(5), piece(6)], wait: false });
    hear({ pieces: [piece(7)], wait: true });
    expect(sent).toEqual([
      { type: 'log', action: 'read', reading: 1, since: 5 },
      { type: 'log', action: 'more', reading: 1 },
    ]);
    hear({ over: 'end' });
    expect(parts.map(({ pieces, next }) => [pieces.map(({ at }) => at), next])).toEqual([
      [[5, 6, 7], undefined],
    ]);
    expect(made.reading).toBe(false);
  });

  it('leaves the last moment of a part that was cut to the next one', () => {
    const { made, parts, hear } = reader();
    made.read({});
    hear({ pieces: [piece(5), piece(7), piece(7)], wait: false });
    hear({ over: 'limit' });
    expect(parts.map(({ pieces, next }) => [pieces.map(({ at }) => at), next])).toEqual([[[5], 7]]);
  });

  it('goes on even when a whole part is one moment', () => {
    const { made, parts, hear } = reader();
    made.read({});
    hear({ pieces: [piece(7), piece(7)], wait: false });
    hear({ over: 'limit' });
    expect(parts[0]).toMatchObject({ pieces: [{ at: 7 }, { at: 7 }], next: 8 });
  });

  it('passes over what belongs to an older reading, and what comes after it was stopped', () => {
    const { made, sent, parts, failures, hear } = reader();
    made.read({});
    made.read({});
    hear({ pieces: [piece(1)], wait: true });
    hear({ over: 'end' });
    made.cancel();
    made.hear({ type: 'log', reading: 2, over: 'end', reason: undefined, message: undefined });
    expect(sent.map((wish) => [wish.action, wish.reading])).toEqual([
      ['read', 1],
      ['stop', 1],
      ['read', 2],
      ['stop', 2],
    ]);
    expect([parts, failures]).toEqual([[], []]);
  });

  it('keeps no more than it should, whatever comes', () => {
    const { made, sent, parts, hear } = reader();
    made.read({});
    for (let n = 0; n < 20 && made.reading; n++) hear({ pieces: [piece(n, 1024 * 1024)], wait: true });
    expect(parts[0]?.pieces.length).toBe(8);
    expect(sent.at(-1)).toMatchObject({ action: 'stop' });
  });

  it('says why it failed, and that nobody answers', () => {
    const { made, failures, hear, late } = reader();
    made.read({});
    hear({ over: 'failed', reason: 'CAPABILITY_MISSING', message: 'Nothing.' });
    made.read({});
    late();
    expect(failures).toEqual([
      ['CAPABILITY_MISSING', 'Nothing.'],
      ['DEADLINE_EXCEEDED', 'The console service does not answer.'],
    ]);
  });
});
