import { describe, expect, it } from 'vitest';
import { linesOf, paces, paste, pasteBytes } from './paste.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('what is pasted', () => {
  it('has carriage returns for the ends of its lines', () => {
    expect(text(pasteBytes('a\r\nb\nc\rd', false))).toBe('a\rb\rc\rd');
  });

  it('is marked for shells that ask for it, and cannot forge the end of the mark', () => {
    expect(text(pasteBytes('a\x1b[201~\nrm -rf', true))).toBe('\x1b[200~a\rrm -rf\x1b[201~');
  });

  it.each([
    ['one', 1],
    ['one\n', 1],
    ['one\r\ntwo', 2],
    ['a\rb\nc\n\n', 4],
  ])('%j has %d lines', (given, lines) => {
    expect(linesOf(given)).toBe(lines);
  });
});

describe('a paste', () => {
  const all = new Uint8Array(1000).map((_, index) => index % 251);

  function collect(pace = paces.normal as { bytes: number; pauseMs: number }) {
    const sent: number[] = [];
    const waits: number[] = [];
    const stop = new AbortController();
    const state = { unsent: 0 };
    const options = {
      send: (bytes: Uint8Array) => void sent.push(...bytes),
      unsent: () => state.unsent,
      ...{ pace, signal: stop.signal },
      wait: async (ms: number) => {
        waits.push(ms);
        state.unsent = 0;
      },
    };
    return { sent, waits, stop, state, options };
  }

  it('goes in pieces with pauses between them, and arrives whole', async () => {
    const { sent, waits, options } = collect({ bytes: 300, pauseMs: 7 });
    const steps: number[] = [];
    expect(await paste(all, { ...options, progress: (done) => steps.push(done) })).toBe(1000);
    expect(sent).toEqual([...all]);
    expect(steps).toEqual([300, 600, 900, 1000]);
    expect(waits).toEqual([7, 7, 7]);
  });

  it('waits while the browser holds unsent bytes', async () => {
    const { sent, waits, state, options } = collect();
    state.unsent = 100_000;
    expect(await paste(all.subarray(0, 10), options)).toBe(10);
    expect([waits.length, sent.length]).toEqual([1, 10]);
  });

  it('stops where it is told to', async () => {
    const { sent, stop, options } = collect({ bytes: 100, pauseMs: 0 });
    const done = await paste(all, { ...options, progress: (at) => at === 200 && stop.abort() });
    expect([done, sent.length]).toEqual([200, 200]);
  });
});
