import { setTimeout as sleep } from 'node:timers/promises';
import { enter, knock, type Tab } from '../../harness/open-console.ts';

/** A stretch of time without a picture, in milliseconds of `performance.now()`. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/** Somebody who looks at a console and presses keys, all the time, and comes back with his ticket as the page does. */
export interface Viewer extends AsyncDisposable {
  readonly name: string;
  /** When the newest picture was complete. */
  readonly seenAt: number;
  readonly outages: readonly Outage[];
  /** How often he came back. */
  readonly resumed: number;
  /** How often he had to ask for that himself, because the machine had hung up. */
  readonly byHand: number;
  /** Roles that he was let in with; one role means that he came back with the same rights. */
  readonly roles: ReadonlySet<string>;
  /** Why he is not let in any more: his session is lost. */
  readonly lost: string | undefined;
}

/** What a console shows, once it is open. */
export interface Sight {
  /** What he was let in with. */
  readonly role: string;
  /** Resolves when the machine has shown something new: a picture, or the echo of what he types. Rejects when the tab has closed. */
  look(): Promise<void>;
}

/** Between two pictures of a quiet console, ms. */
const every = 400;
/** What he looks at: enough to see that the machine answers, and little enough to watch many of them. */
const corner = { width: 64, height: 64 };
/** Longer without a picture is an outage, ms. */
const patience = 1_500;
/** A picture that takes longer will not come, ms: the page's own limit for a server that says nothing. */
const longest = 15_000;
/** A page does not dial a machine again that hung up: its user does, and the ticket is good for that. */
const hungUp = /^(UPSTREAM|BMC)_/;
/** As the page does, ms. */
const delays = [500, 1_000, 2_000, 4_000, 8_000];

/** At a graphical console: the corner of its screen, and a key for each picture. */
async function atScreen(tab: Tab): Promise<Sight> {
  const open = await enter(tab);
  let key = 0;
  return {
    role: `${open.opened.role}`,
    async look() {
      await open.screen(corner);
      open.press(0x61 + (key++ % 26));
    },
  };
}

/**
 * Opens a console by its link and goes on looking until it is disposed of. Resolves with the first picture.
 * `sight` says what a picture is; that of a graphical console unless told.
 */
export async function startViewer(
  name: string,
  link: string,
  sight: (tab: Tab) => Promise<Sight> = atScreen,
): Promise<Viewer> {
  const outages: Outage[] = [];
  const roles = new Set<string>();
  const stop = new AbortController();
  let seenAt = 0;
  let resumed = 0;
  let byHand = 0;
  let ticket: string | undefined;
  let lost: string | undefined;
  let first = (_error?: unknown) => {};
  const begun = new Promise<void>((resolve, reject) => {
    first = (error) => (error === undefined ? resolve() : reject(error));
  });

  const saw = () => {
    const now = performance.now();
    if (seenAt > 0 && now - seenAt > patience) outages.push({ from: seenAt, until: now });
    seenAt = now;
    first();
  };
  /** One connection, to its end; answers what the proxy said last. */
  const look = async () => {
    using tab = await knock(link, ticket === undefined ? {} : { resume: ticket });
    try {
      const { role, look } = await within(sight(tab));
      if (ticket !== undefined) resumed += 1;
      roles.add(role);
      while (!stop.signal.aborted) {
        await within(look());
        saw();
        await pause(every);
      }
      return undefined;
    } catch (error) {
      if (seenAt === 0) throw error;
      tab[Symbol.dispose]();
      return (await tab.closed).closing;
    } finally {
      if (tab.ticket !== '') ticket = tab.ticket;
    }
  };
  const pause = (ms: number) => sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
  const going = (async () => {
    for (let failures = 0; !stop.signal.aborted; ) {
      const before = seenAt;
      try {
        const closing = await look();
        if (closing?.canResume === false) {
          if (!hungUp.test(`${closing.reason}`)) {
            lost = JSON.stringify(closing);
            return;
          }
          byHand += 1;
        }
      } catch (error) {
        if (seenAt === 0) return first(error);
      }
      failures = seenAt > before ? 0 : failures + 1;
      await pause(delays[Math.min(failures, delays.length - 1)]!);
    }
  })();
  await begun;
  return {
    name,
    outages,
    roles,
    get seenAt() {
      return seenAt;
    },
    get resumed() {
      return resumed;
    },
    get byHand() {
      return byHand;
    },
    get lost() {
      return lost;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await going;
    },
  };
}

/** Milliseconds without a picture between two moments. */
export function outageBetween({ outages, seenAt }: Viewer, from: number, until: number): number {
  const open = until - seenAt > patience ? [{ from: seenAt, until }] : [];
  return [...outages, ...open]
    .filter((outage) => outage.until > from && outage.from < until)
    .reduce((sum, outage) => sum + Math.min(outage.until, until) - Math.max(outage.from, from), 0);
}

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${longest} ms`)), longest);
  });
  promise.catch(() => {});
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
