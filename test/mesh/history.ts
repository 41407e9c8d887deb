/** One incarnation of one console. */
export interface Key {
  readonly consoleId: string;
  readonly generation: bigint;
}

/** Something that was seen from outside; nothing in here is taken from what a service thinks of itself. */
export type Event = { readonly at: number } & (
  | {
      /** A call left its caller. */
      readonly type: 'request';
      readonly call: number;
      readonly from: string;
      /** Process that was called: a restarted part is another one. */
      readonly to: string;
      readonly method: string;
      readonly key: Key | undefined;
      readonly fence: bigint;
    }
  | {
      /** Its answer, or what it failed with; UNAVAILABLE and the like say nothing about what happened. */
      readonly type: 'answer';
      readonly call: number;
      readonly error: string | undefined;
    }
  /** A part was killed: from here on it does nothing. */
  | { readonly type: 'killed'; readonly part: string }
  /** A part stood still for longer than its leases: what it sends from here on may be late. */
  | { readonly type: 'stalled'; readonly part: string }
  /** A viewer at the machine of a console, past the handshake. */
  | { readonly type: 'upstream'; readonly consoleId: string; readonly what: 'opened' | 'closed' }
  /** A client was told that it is in, and later that it is out. */
  | {
      readonly type: 'session';
      readonly sessionId: string;
      readonly key: Key;
      readonly what: 'opened' | 'ended';
      /** When the client knocked: what was so by then counts. */
      readonly askedAt: number;
    }
  /** WatchConsoles told of a commit. */
  | {
      readonly type: 'commit';
      readonly key: Key;
      readonly desired: 'enabled' | 'disabled';
      readonly observed: string;
    }
  /** A user's call was answered: the console is wanted so from here on. */
  | { readonly type: 'wanted'; readonly key: Key; readonly desired: 'enabled' | 'disabled' }
  /** Everything that is going on has been given its time; this is what is there. */
  | {
      readonly type: 'settled';
      readonly consoleId: string;
      readonly desired: 'enabled' | 'disabled';
      readonly observed: string;
      /** What plugins list, with the process that lists it. */
      readonly held: readonly { readonly at: string; readonly generation: bigint }[];
      /** Sessions that hold a place, as the conductor lists them. */
      readonly sessions: readonly string[];
    }
);

/** An event without its time. */
export type News = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

/** What has happened, in order. */
export interface History {
  readonly events: readonly Event[];
  add(news: News): void;
  clear(): void;
}

/** Nothing yet. */
export function createHistory(now: () => number): History {
  const events: Event[] = [];
  return {
    events,
    add: (news) => void events.push({ ...news, at: now() } as Event),
    clear: () => void events.splice(0),
  };
}
