import type { LogPiece } from '@consolemesh/proxy/page';
import { describe, expect, it } from 'vitest';
import { createFeed } from './feed.ts';

const text = (at: number, said: string): LogPiece => ({ at, data: new TextEncoder().encode(said) });
const size = (at: number, columns: number, rows: number): LogPiece => ({
  at,
  mark: {
    event: 'resized',
    size: { columns, rows },
    reason: undefined,
    message: undefined,
    bytes: undefined,
  },
});

/** A screen that shows what it is told once a test lets it. */
function screen() {
  let shown = '';
  let columns = 0;
  let resets = 0;
  const waiting: (() => void)[] = [];
  return {
    hold: false,
    shown: () => shown,
    columns: () => columns,
    resets: () => resets,
    release: () => {
      for (const done of waiting.splice(0)) done();
    },
    write(bytes: Uint8Array, written: () => void) {
      shown += new TextDecoder().decode(bytes);
      if (this.hold) waiting.push(written);
      else written();
    },
    reset() {
      shown = '';
      resets += 1;
    },
    setSize(next: { columns: number }) {
      columns = next.columns;
    },
  };
}

const log = [size(0, 132, 50), text(1, 'one '), text(2, 'two '), size(3, 100, 30), text(4, 'three')];

describe('the screen of a log', () => {
  it('goes forward by what is missing, and back from the beginning', async () => {
    const shows = screen();
    const feed = createFeed(shows);
    feed.show(log, 2);
    await feed.settled();
    expect([shows.shown(), shows.columns(), shows.resets()]).toEqual(['one ', 132, 1]);
    feed.show(log, 5);
    await feed.settled();
    expect([shows.shown(), shows.columns(), shows.resets()]).toEqual(['one two three', 100, 1]);
    feed.show(log, 3);
    await feed.settled();
    expect([shows.shown(), shows.columns(), shows.resets()]).toEqual(['one two ', 132, 2]);
  });

  it('begins anew with another log', async () => {
    const shows = screen();
    const feed = createFeed(shows);
    feed.show(log, 5);
    await feed.settled();
    feed.show([text(9, 'other')], 1);
    await feed.settled();
    expect([shows.shown(), shows.columns()]).toEqual(['other', 80]);
  });

  it('hears a newer wish while it is busy, and resets nothing that is still being written', async () => {
    const shows = screen();
    const feed = createFeed(shows);
    const long = Array.from({ length: 50 }, (_, n) => text(n, String(n % 10).repeat(32 * 1024)));
    shows.hold = true;
    feed.show(long, 50);
    const resets = shows.resets();
    feed.show(long, 1);
    expect(shows.resets()).toBe(resets);
    shows.hold = false;
    shows.release();
    await feed.settled();
    expect([shows.shown().length, shows.resets()]).toEqual([32 * 1024, resets + 1]);
  });
});
