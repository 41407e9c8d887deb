import { expect, test } from 'vitest';
import { createRevocationFeed, type FeedNotice } from './revocation-feed.ts';
import type { Revocation, TokenStore } from './store.ts';

/** A store that knows of revisions up to `newest` and keeps some of them; counts its questions. */
function createFakeStore(newest: bigint, kept: readonly bigint[]) {
  const fake = {
    newest,
    kept: [...kept],
    asked: 0,
    newestRevision: async () => fake.newest,
    async readRevocations(after: bigint, limit: number) {
      fake.asked += 1;
      const found = fake.kept.filter((revision) => revision > after).slice(0, limit);
      return found.map((revision) => ({ revision }) as Revocation);
    },
  };
  return fake;
}

async function take(notices: AsyncGenerator<FeedNotice>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await notices.next();
    taken.push(value.kind === 'heartbeat' ? `quiet ${value.revision}` : `${value.revocation.revision}`);
  }
  return taken;
}

test.each<[string, bigint | undefined, readonly bigint[], string[]]>([
  ['who was away for longer than anything is kept', 2n, [], ['quiet 5']],
  ['who was away for longer than some of it is kept', 2n, [4n, 5n], ['4', '5', 'quiet 5']],
  ['who wants everything', 0n, [4n, 5n], ['4', '5', 'quiet 5']],
  ['who wants what comes', undefined, [4n, 5n], ['quiet 5']],
  ['who has seen more than there ever was', 9n, [4n, 5n], ['4', '5', 'quiet 5']],
])(
  '%s is told what is kept and up to where that is all, and then of the next',
  async (_who, after, kept, told) => {
    const store = createFakeStore(5n, kept);
    using feed = createRevocationFeed(store as unknown as TokenStore);
    const stop = new AbortController();
    const notices = feed.watch(after, stop.signal);
    expect(await take(notices, told.length)).toEqual(told);
    const next = take(notices, 1);
    const asked = store.asked;
    // Whoever waits asks nothing: the revision that he waits for is one that is to come.
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.asked).toBe(asked);
    store.newest = 6n;
    store.kept.push(6n);
    feed.announce(6n);
    expect(await next).toEqual(['6']);
    stop.abort();
  },
);
