import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Event, News } from './history.ts';

const key = { consoleId: 'c', generation: 2n };
const old = { consoleId: 'c', generation: 1n };

/** A history of these events, one each ms. */
const history = (...news: News[]): Event[] => news.map((item, at) => ({ ...item, at }) as Event);
const request = (
  call: number,
  method: string,
  given: Partial<Extract<News, { type: 'request' }>> = {},
): News => ({
  type: 'request',
  call,
  from: 'conductor-1',
  to: 'driver-1',
  method,
  key,
  fence: 5n,
  ...given,
});
const answer = (call: number, error?: string): News => ({ type: 'answer', call, error });
const upstream = (what: 'opened' | 'closed'): News => ({ type: 'upstream', consoleId: 'c', what });
const session = (what: 'opened' | 'ended', of = key): News => ({
  type: 'session',
  sessionId: 's',
  key: of,
  what,
  askedAt: 0.5,
});
const wanted = (desired: 'enabled' | 'disabled'): News => ({ type: 'wanted', key, desired });
const on: News = {
  type: 'settled',
  consoleId: 'c',
  desired: 'enabled',
  observed: 'ready',
  held: [],
  sessions: [],
};
const off: News = { ...on, desired: 'disabled', observed: 'stopped' } as News;

describe('a history that keeps the contract', () => {
  test('has no violation', () => {
    const good = history(
      wanted('enabled'),
      request(1, 'startConsole'),
      answer(1),
      session('opened'),
      upstream('opened'),
      { ...on, held: [{ at: 'driver-1', generation: 2n }], sessions: ['s'] } as News,
      wanted('disabled'),
      session('ended'),
      upstream('closed'),
      request(2, 'stopConsole', { from: 'conductor-2', fence: 6n }),
      answer(2),
      off,
    );
    expect(check(good)).toEqual([]);
  });

  test('may hold late calls of an owner that stood still, as long as they are not obeyed', () => {
    const good = history(
      { type: 'stalled', part: 'conductor-1' },
      request(1, 'startConsole', { from: 'conductor-2', fence: 6n }),
      request(2, 'startConsole'),
      answer(1),
      answer(2, 'STALE_FENCE'),
    );
    expect(check(good)).toEqual([]);
  });

  test('may refuse what is old, lose answers with their caller, and stop older generations in vain', () => {
    const good = history(
      request(1, 'startConsole'),
      { type: 'killed', part: 'conductor-1' },
      request(2, 'startConsole', { from: 'conductor-2', fence: 6n }),
      answer(2),
      request(3, 'startConsole', { key: old }),
      answer(3, 'STALE_GENERATION'),
      request(4, 'startConsole'),
      answer(4, 'STALE_FENCE'),
      request(5, 'stopConsole', { key: old, fence: 1n }),
      answer(5),
      request(6, 'startConsole', { fence: 1n, to: 'driver-2' }),
      answer(6),
    );
    expect(check(good)).toEqual([]);
  });
});

const bad: readonly [string, RegExp, Event[]][] = [
  [
    'two owners at work at once',
    /^exclusion: conductor-2 \(fence 6\) calls stopConsole while startConsole of conductor-1/,
    history(request(1, 'startConsole'), request(2, 'stopConsole', { from: 'conductor-2', fence: 6n })),
  ],
  [
    'an old generation that was made',
    /^order: startConsole \(generation 1, fence 5\) at driver-1 was obeyed after generation 2/,
    history(request(1, 'startConsole'), answer(1), request(2, 'startConsole', { key: old }), answer(2)),
  ],
  [
    'an old fence that was obeyed',
    /^order: stopConsole .* was obeyed after fence 5/,
    history(request(1, 'startConsole'), answer(1), request(2, 'stopConsole', { fence: 4n }), answer(2)),
  ],
  [
    'an old fence that prepared',
    /^order: prepareConsole .* was obeyed after fence 5/,
    history(request(1, 'startConsole'), answer(1), request(2, 'prepareConsole', { fence: 4n }), answer(2)),
  ],
  [
    'a session on a disabled console',
    /^admission: session s opened on a disabled console/,
    history(wanted('disabled'), session('opened')),
  ],
  [
    'a session in an old generation',
    /^admission: session s opened in generation 1 of 2/,
    history(wanted('enabled'), session('opened', old)),
  ],
  [
    'a generation that falls',
    /^generations: c fell from 2 to 1/,
    history(
      ...[key, old].map((of): News => ({ type: 'commit', key: of, desired: 'enabled', observed: 'ready' })),
    ),
  ],
  ['two viewers', /^one upstream: 2 viewers/, history(upstream('opened'), upstream('opened'), on)],
  [
    'a session that only its client knows',
    /^end: clients have s, .* lists none/,
    history(session('opened'), on),
  ],
  [
    'a session that only the conductor knows',
    /^end: clients have no session, .* lists s/,
    history({ ...on, sessions: ['s'] } as News),
  ],
  [
    'a console that is not ready',
    /^convergence: wanted enabled, is failed/,
    history({ ...on, observed: 'failed' } as News),
  ],
  [
    'a console that is not stopped',
    /^convergence: wanted disabled, is stopping/,
    history({ ...off, observed: 'stopping' } as News),
  ],
  [
    'something that a plugin kept',
    /^convergence: driver-1 still holds generation 1/,
    history({ ...off, held: [{ at: 'driver-1', generation: 1n }] } as News),
  ],
  [
    'two generations at once',
    /^convergence: two generations/,
    history({
      ...on,
      held: [
        { at: 'driver-1', generation: 1n },
        { at: 'driver-2', generation: 2n },
      ],
    } as News),
  ],
  [
    'a session after disable',
    /^end: s goes on/,
    history(session('opened'), { ...off, sessions: ['s'] } as News),
  ],
  ['a viewer after disable', /^end: 1 viewers/, history(upstream('opened'), off)],
];

describe('a history that breaks it', () => {
  test.each(bad)('is caught: %s', (_what, violation, events) => {
    expect(check(events)).toEqual([expect.stringMatching(violation)]);
  });
});
