import type { Event, Key } from './history.ts';

/** Calls that change something at a plugin. */
const mutating = new Set([
  'prepareConsole',
  'startConsole',
  'stopConsole',
  'startContainer',
  'stopContainer',
]);
/** Those that make something. */
const making = new Set(['startConsole', 'startContainer']);
/** Failures that leave open what happened. */
const open = new Set(['UNAVAILABLE', 'CANCELLED', 'DEADLINE_EXCEEDED', 'DRAINING']);

type Of<T extends Event['type']> = Extract<Event, { type: T }>;

/**
 * Judges a history by the contract alone and answers every violation as a sentence; none means that it was kept.
 * - exclusion: two lease owners never have changing calls about one console on their way at once, unless one of them stood still
 * - order: a plugin process that has answered a newer generation or fence makes nothing for an older one
 * - admission: nobody is let in to a console that is disabled, or into an old generation
 * - end: sessions of a disabled console are over, and so are connections to its machine, once things have settled
 * - one upstream: when settled a machine with one place has at most one viewer, and as many as there are sessions
 * - generations: a console's generation never falls
 * - convergence: what is wanted is so, and plugins hold nothing of what was disabled
 */
export function check(history: readonly Event[]): string[] {
  return [
    ...exclusion(history),
    ...order(history),
    ...admission(history),
    ...generations(history),
    ...settled(history),
  ];
}

function exclusion(history: readonly Event[]): string[] {
  const found: string[] = [];
  const pending = new Map<number, Of<'request'>>();
  const late = new Set<string>();
  for (const event of history) {
    if (event.type === 'answer') pending.delete(event.call);
    else if (event.type === 'stalled') late.add(event.part);
    if (event.type === 'killed' || event.type === 'stalled') {
      for (const [call, request] of pending) if (request.from === event.part) pending.delete(call);
    } else if (event.type === 'request' && event.key && mutating.has(event.method) && !late.has(event.from)) {
      for (const other of pending.values()) {
        if (other.from === event.from || other.key?.consoleId !== event.key.consoleId) continue;
        found.push(
          `exclusion: ${event.from} (fence ${event.fence}) calls ${event.method} while ${other.method} of ${other.from} (fence ${other.fence}) is on its way`,
        );
      }
      pending.set(event.call, event);
    }
  }
  return found;
}

function order(history: readonly Event[]): string[] {
  const found: string[] = [];
  const requests = new Map<number, Of<'request'>>();
  /** What each process had answered when a call was made: only then must it know. */
  const known = new Map<string, { generation: bigint; fence: bigint }>();
  const knownAt = new Map<number, { generation: bigint; fence: bigint }>();
  for (const event of history) {
    if (event.type === 'request' && event.key && mutating.has(event.method)) {
      requests.set(event.call, event);
      const before = known.get(`${event.to} ${event.key.consoleId}`);
      if (before) knownAt.set(event.call, { ...before });
    }
    if (event.type !== 'answer') continue;
    const request = requests.get(event.call);
    if (!request?.key || open.has(event.error ?? '')) continue;
    const before = knownAt.get(event.call);
    if (before && event.error === undefined) {
      const { generation } = request.key;
      const words = `${request.method} (generation ${generation}, fence ${request.fence}) at ${request.to}`;
      if (making.has(request.method) && generation < before.generation) {
        found.push(`order: ${words} was obeyed after generation ${before.generation} was seen`);
      } else if (generation >= before.generation && request.fence < before.fence) {
        found.push(`order: ${words} was obeyed after fence ${before.fence} was seen`);
      }
    }
    if (event.error === undefined) raise(known, request, request.key);
  }
  return found;
}

function raise(
  known: Map<string, { generation: bigint; fence: bigint }>,
  request: Of<'request'>,
  key: Key,
): void {
  const place = `${request.to} ${key.consoleId}`;
  const before = known.get(place) ?? { generation: 0n, fence: 0n };
  // A stop of an older generation is answered without being judged further.
  if (key.generation < before.generation) return;
  // A call that prepares is judged and remembered by its fence alone.
  const generation = request.method === 'prepareConsole' ? before.generation : key.generation;
  known.set(place, { generation, fence: request.fence > before.fence ? request.fence : before.fence });
}

function admission(history: readonly Event[]): string[] {
  const found: string[] = [];
  const wanted = history.filter((event) => event.type === 'wanted');
  for (const event of history) {
    if (event.type !== 'session' || event.what !== 'opened') continue;
    const { key, sessionId, askedAt } = event;
    const then = wanted.findLast((item) => item.key.consoleId === key.consoleId && item.at < askedAt);
    const since = wanted.some((item) => item.key.consoleId === key.consoleId && item.at >= askedAt);
    if (then?.desired === 'disabled' && !since) {
      found.push(`admission: session ${sessionId} opened on a disabled console`);
    } else if (then && key.generation < then.key.generation) {
      found.push(
        `admission: session ${sessionId} opened in generation ${key.generation} of ${then.key.generation}`,
      );
    }
  }
  return found;
}

function generations(history: readonly Event[]): string[] {
  const found: string[] = [];
  const seen = new Map<string, bigint>();
  for (const event of history) {
    if (event.type !== 'commit') continue;
    const { consoleId, generation } = event.key;
    const before = seen.get(consoleId) ?? 0n;
    if (generation < before) found.push(`generations: ${consoleId} fell from ${before} to ${generation}`);
    seen.set(consoleId, generation);
  }
  return found;
}

function settled(history: readonly Event[]): string[] {
  const found: string[] = [];
  const upstreams = new Map<string, number>();
  const sessions = new Map<string, string>();
  for (const event of history) {
    if (event.type === 'upstream') {
      const count = (upstreams.get(event.consoleId) ?? 0) + (event.what === 'opened' ? 1 : -1);
      upstreams.set(event.consoleId, count);
    } else if (event.type === 'session') {
      if (event.what === 'opened') sessions.set(event.sessionId, event.key.consoleId);
      else sessions.delete(event.sessionId);
    } else if (event.type === 'settled') {
      const live = [...sessions].filter(([, consoleId]) => consoleId === event.consoleId).map(([id]) => id);
      found.push(...judge(event, upstreams.get(event.consoleId) ?? 0, live));
    }
  }
  return found;
}

function judge(event: Of<'settled'>, upstreams: number, live: readonly string[]): string[] {
  const { consoleId, desired, observed, held, sessions } = event;
  const found: string[] = [];
  const say = (text: string) => found.push(`${text} (console ${consoleId})`);
  if (upstreams > 1) say(`one upstream: ${upstreams} viewers at the machine`);
  if (live.length !== sessions.length || live.some((id) => !sessions.includes(id))) {
    say(
      `end: clients have ${live.join(', ') || 'no session'}, the conductor lists ${sessions.join(', ') || 'none'}`,
    );
  }
  if (desired === 'enabled') {
    if (observed !== 'ready') say(`convergence: wanted enabled, is ${observed}`);
    if (new Set(held.map(({ generation }) => generation)).size > 1)
      say('convergence: two generations are held');
    return found;
  }
  if (observed !== 'stopped') say(`convergence: wanted disabled, is ${observed}`);
  for (const { at, generation } of held) say(`convergence: ${at} still holds generation ${generation}`);
  if (live.length > 0) say(`end: ${live.join(', ')} goes on after disable`);
  if (upstreams > 0) say(`end: ${upstreams} viewers at the machine after disable`);
  return found;
}
