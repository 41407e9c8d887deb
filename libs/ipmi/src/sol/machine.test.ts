import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATION, SOL_STATUS, type SolPacket } from '../codec/sol.ts';
import { createSequenceWindow } from '../crypto/sequence-window.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import {
  canSend,
  type SolConfig,
  type SolEffect,
  type SolEvent,
  type SolState,
  solStart,
  solStep,
  solWakesAt,
} from './machine.ts';

const text = (s: string) => Buffer.from(s, 'latin1');
const none = Buffer.alloc(0);
const ack = (acknowledged: number, accepted: number, flags = 0): SolPacket => ({
  sequence: 0,
  acknowledged,
  accepted,
  flags,
  characters: none,
});
const data = (sequence: number, characters: string, flags = 0): SolPacket => ({
  sequence,
  acknowledged: 0,
  accepted: 0,
  flags,
  characters: text(characters),
});

/** A machine, what it transmitted, and what came out of it. */
function machine(config: Partial<SolConfig> = {}) {
  let state: SolState = solStart(config);
  const sent: SolPacket[] = [];
  const other: SolEffect[] = [];
  return {
    sent,
    other,
    get state() {
      return state;
    },
    do(event: SolEvent, now = 0) {
      const step = solStep(state, event, now);
      state = step.state;
      for (const e of step.effects) {
        if (e.kind === 'transmit') sent.push(e.packet);
        else other.push(e);
      }
    },
    get(packet: SolPacket, room = 1000, now = 0) {
      this.do({ kind: 'packet', packet, room }, now);
      this.do({ kind: 'acknowledge' }, now);
    },
    get delivered() {
      return other.map((e) => (e.kind === 'deliver' ? e.characters.toString('latin1') : '')).join('');
    },
  };
}

describe('an end of an SOL line', () => {
  it('sends one packet and waits for its acknowledge before the next', () => {
    const m = machine();
    m.do({ kind: 'send', characters: text('ab') });
    expect(m.sent).toEqual([data(1, 'ab')]);
    expect(canSend(m.state)).toBe(false);
    m.get(ack(1, 2));
    expect(m.other).toEqual([{ kind: 'sent' }]);
    m.do({ kind: 'send', characters: text('c') });
    expect(m.sent[1]).toEqual(data(2, 'c'));
  });

  it('goes from sequence 15 to 1', () => {
    const m = machine({ firstSequence: 15 });
    m.do({ kind: 'send', characters: text('a') });
    m.get(ack(15, 1));
    m.do({ kind: 'send', characters: text('b') });
    expect(m.sent.map((p) => p.sequence)).toEqual([15, 1]);
  });

  it('resends unanswered packets under the same sequence, rarer each time, and then gives the line up', () => {
    const m = machine({ retryMs: 500, backoff: 2, longestPauseMs: 4_000, retries: 4 });
    m.do({ kind: 'send', characters: text('x') }, 0);
    const times: number[] = [];
    for (let at = solWakesAt(m.state); at !== undefined; at = solWakesAt(m.state)) {
      times.push(at);
      m.do({ kind: 'time' }, at);
    }
    expect(times).toEqual([500, 1500, 3500, 7500, 11500]);
    expect(m.sent).toEqual(Array(5).fill(data(1, 'x')));
    expect(m.other).toEqual([{ kind: 'lost' }]);
  });

  it('helps a BMC that got stuck over one sequence number, where that quirk is on', () => {
    const m = machine({ retries: 2, sequenceStuck: true });
    m.do({ kind: 'send', characters: text('x') }, 0);
    for (let at = solWakesAt(m.state); at !== undefined; at = solWakesAt(m.state)) {
      m.do({ kind: 'time' }, at);
    }
    expect(m.sent.map((p) => p.sequence)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(m.other).toEqual([{ kind: 'lost' }]);
  });

  it('sends what was not accepted at once, under a new sequence', () => {
    const m = machine();
    m.do({ kind: 'send', characters: text('abcdef') });
    m.get(ack(1, 2));
    expect(m.sent[1]).toEqual(data(2, 'cdef'));
    m.get(ack(2, 4));
    expect(m.other).toEqual([{ kind: 'sent' }]);
  });

  it('ignores acknowledges of other sequences', () => {
    const m = machine();
    m.do({ kind: 'send', characters: text('abc') });
    m.get(ack(7, 3));
    m.get(ack(0, 3));
    expect(m.other).toEqual([]);
    expect(canSend(m.state)).toBe(false);
  });

  it('holds a NACKed packet back for a pause, then sends it under a new sequence', () => {
    const m = machine({ nackPauseMs: 700 });
    m.do({ kind: 'send', characters: text('abc') }, 0);
    m.get(ack(1, 0, SOL_STATUS.nack), 1000, 100);
    expect(solWakesAt(m.state)).toBe(800);
    m.do({ kind: 'time' }, 800);
    expect(m.sent).toEqual([data(1, 'abc'), data(2, 'abc')]);
  });

  it('sends again as soon as the BMC says that it can transfer again', () => {
    const m = machine();
    m.do({ kind: 'send', characters: text('abc') }, 0);
    m.get(ack(1, 0, SOL_STATUS.nack | SOL_STATUS.transferUnavailable), 1000, 10);
    expect(m.state.unavailable).toBe(true);
    m.get(ack(0, 0), 1000, 20);
    expect(m.state.unavailable).toBe(false);
    expect(m.sent).toEqual([data(1, 'abc'), data(2, 'abc')]);
  });

  it('never gives up a peer that answers, even if it refuses for an hour', () => {
    const m = machine({ retries: 3 });
    m.do({ kind: 'send', characters: text('abc') }, 0);
    for (let i = 0; i < 1000; i++) {
      m.get(ack(m.sent.at(-1)!.sequence, 0, SOL_STATUS.nack), 1000, i * 4000);
      m.do({ kind: 'time' }, i * 4000 + 3000);
    }
    expect(m.other).toEqual([]);
    m.get(ack(m.sent.at(-1)!.sequence, 3));
    expect(m.other).toEqual([{ kind: 'sent' }]);
  });

  it('gives up a peer that acknowledges nothing without saying NACK, unless that means everything', () => {
    const zero = (config: Partial<SolConfig>) => {
      const m = machine({ retries: 2, ...config });
      m.do({ kind: 'send', characters: text('abc') }, 0);
      for (let i = 1; i < 9 && !canSend(m.state) && !m.state.lost; i++) {
        m.get(ack(m.sent.at(-1)!.sequence, 0), 1000, i * 1000);
        m.do({ kind: 'time' }, i * 1000 + 500);
      }
      return m.other;
    };
    expect(zero({})).toEqual([{ kind: 'lost' }]);
    expect(zero({ zeroAcceptedIsAll: true })).toEqual([{ kind: 'sent' }]);
  });

  it('delivers each packet once, whatever sequence the peer begins with, and acknowledges each copy', () => {
    const m = machine();
    m.get(data(12, 'ab'));
    m.get(data(12, 'ab'));
    m.get(data(13, 'c'));
    expect(m.delivered).toBe('abc');
    expect(m.sent).toEqual([ack(12, 2), ack(12, 2), ack(13, 1)]);
  });

  it('ignores a copy that was overtaken', () => {
    const m = machine();
    m.get(data(14, 'a'));
    m.get(data(15, 'b'));
    m.get(data(1, 'c'));
    m.get(data(15, 'b'));
    expect(m.delivered).toBe('abc');
    expect(m.sent).toHaveLength(3);
  });

  it('takes what a BMC appends to a retransmission', () => {
    const m = machine();
    m.get(data(3, 'ab'));
    m.get(data(3, 'abcd'));
    expect(m.delivered).toBe('abcd');
    expect(m.sent).toEqual([ack(3, 2), ack(3, 4)]);
  });

  it('takes what it has room for, and NACKs only what it takes nothing of', () => {
    const m = machine();
    m.get(data(1, 'abcd'), 3);
    m.get(data(2, 'd'), 0);
    m.get(data(3, 'd'), 1);
    expect(m.delivered).toBe('abcd');
    expect(m.sent).toEqual([ack(1, 3), ack(2, 0, OPERATION.nack), ack(3, 1)]);
  });

  it('lets an acknowledge ride on its own data when it has some', () => {
    const m = machine();
    m.do({ kind: 'packet', packet: data(5, 'hi'), room: 100 });
    m.do({ kind: 'send', characters: text('yo') });
    m.do({ kind: 'acknowledge' });
    expect(m.sent).toEqual([{ ...data(1, 'yo'), acknowledged: 5, accepted: 2 }]);
  });

  it('sends a break by itself and takes any answer for it', () => {
    const m = machine();
    m.do({ kind: 'send', characters: none, flags: OPERATION.break });
    expect(m.sent).toEqual([data(1, '', OPERATION.break)]);
    m.get(ack(1, 0, SOL_STATUS.nack));
    expect(m.other).toEqual([{ kind: 'sent' }]);
  });

  it('tells flags of data packets once and of pure acknowledges each time', () => {
    const m = machine({ side: 'bmc' });
    m.get(data(1, '', OPERATION.break));
    m.get(data(1, '', OPERATION.break));
    m.get(ack(0, 0, OPERATION.flushInbound));
    expect(m.other).toEqual([
      { kind: 'flags', flags: OPERATION.break },
      { kind: 'flags', flags: OPERATION.flushInbound },
    ]);
  });
});

interface Weather {
  loss: number;
  duplication: number;
  /** Largest delay, ms; order follows from it. */
  delay: number;
  /** Share of packets of which a part, or nothing, is taken. */
  partial: number;
  refusal: number;
}

/** Two machines, a network of this weather between them, and characters from both sides until all are through. */
function converse(seed: number, weather: Weather, sizes: [number, number], step = solStep) {
  const random = seededRandom(seed);
  let now = 0;
  const flights: { at: number; to: 0 | 1; number: number; packet: SolPacket }[] = [];
  const side = (i: 0 | 1, size: number) => ({
    state: solStart({
      side: i === 0 ? 'console' : 'bmc',
      retries: 200,
      maxCharacters: 1 + Math.floor(random() * 60),
      firstSequence: 1 + Math.floor(random() * 15),
    }),
    input: Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256))),
    taken: 0,
    number: 0,
    window: createSequenceWindow({ leaps: true }),
    output: [] as Buffer[],
  });
  const ends = [side(0, sizes[0]), side(1, sizes[1])] as const;

  function apply(i: 0 | 1, event: SolEvent) {
    const end = ends[i];
    const result = step(end.state, event, now);
    end.state = result.state;
    for (const effect of result.effects) {
      if (effect.kind === 'deliver') end.output.push(Buffer.from(effect.characters));
      if (effect.kind === 'lost') throw new Error('lost');
      if (effect.kind !== 'transmit') continue;
      end.number += 1;
      for (let copies = random() < weather.duplication ? 2 : 1; copies > 0; copies--) {
        if (random() < weather.loss) continue;
        const at = now + 1 + random() * weather.delay;
        flights.push({ at, to: i === 0 ? 1 : 0, number: end.number, packet: effect.packet });
      }
    }
  }

  function feed(i: 0 | 1) {
    const end = ends[i];
    if (canSend(end.state) && end.taken < end.input.length) {
      const n = Math.min(end.input.length - end.taken, end.state.config.maxCharacters);
      const characters = end.input.subarray(end.taken, end.taken + n);
      end.taken += n;
      apply(i, { kind: 'send', characters });
    }
    if (random() < 0.9) apply(i, { kind: 'acknowledge' });
  }

  for (let turns = 0; turns < 200_000; turns++) {
    feed(0);
    feed(1);
    const wake = Math.min(...ends.map((e) => solWakesAt(e.state) ?? Number.POSITIVE_INFINITY));
    flights.sort((a, b) => a.at - b.at);
    const flight = flights[0];
    if (flight === undefined && wake === Number.POSITIVE_INFINITY) {
      if (ends.every((e) => e.taken === e.input.length && canSend(e.state))) return ends;
      continue;
    }
    if (flight !== undefined && flight.at <= wake) {
      flights.shift();
      now = flight.at;
      const end = ends[flight.to];
      if (!end.window.accept(flight.number)) continue;
      const chance = random();
      const room =
        chance < weather.refusal
          ? 0
          : chance < weather.refusal + weather.partial
            ? Math.floor(random() * 20)
            : 1000;
      apply(flight.to, { kind: 'packet', packet: flight.packet, room });
    } else {
      now = wake;
      apply(0, { kind: 'time' });
      apply(1, { kind: 'time' });
    }
  }
  throw new Error('it did not come to an end');
}

const weather: fc.Arbitrary<Weather> = fc.record({
  loss: fc.constantFrom(0, 0.1, 0.4),
  duplication: fc.constantFrom(0, 0.3),
  delay: fc.constantFrom(0, 20, 600),
  partial: fc.constantFrom(0, 0.3),
  refusal: fc.constantFrom(0, 0.2),
});
const size = fc.nat(1_500);

/** Everything that one side sent has come out at the other. */
function throughIs([a, b]: ReturnType<typeof converse>): boolean {
  return Buffer.concat(a.output).equals(b.input) && Buffer.concat(b.output).equals(a.input);
}

describe('two ends with a bad network between them', () => {
  it('lose, double and reorder nothing, in either direction, and come to an end', () => {
    fc.assert(
      fc.property(fc.integer(), weather, size, size, (seed, w, a, b) => {
        expect(throughIs(converse(seed, w, [a, b]))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  /** The machine with one mistake in it: the property above must notice each. */
  const mistakes: Record<string, typeof solStep> = {
    'resends what was not accepted under the old sequence': (state, event, now) => {
      const before = state.out?.sequence;
      const { state: next, effects } = solStep(state, event, now);
      if (event.kind === 'send' || before === undefined || next.out === undefined) {
        return { state: next, effects };
      }
      const sequence = (packet: SolPacket) =>
        packet.sequence === 0 ? packet : { ...packet, sequence: before };
      return {
        state: { ...next, out: { ...next.out, sequence: before } },
        effects: effects.map((e) => (e.kind === 'transmit' ? { ...e, packet: sequence(e.packet) } : e)),
      };
    },
    'forgets what it has delivered': (state, event, now) =>
      solStep({ ...state, last: undefined }, event, now),
    'acknowledges characters for which it had no room': (state, event, now) => {
      const { state: next, effects } = solStep(state, event, now);
      return {
        state: next.last ? { ...next, last: { ...next.last, accepted: next.last.length } } : next,
        effects,
      };
    },
  };

  it.each(Object.entries(mistakes))('would not, if one of them %s', (_name, mistaken) => {
    const w = { loss: 0.2, duplication: 0.3, delay: 600, partial: 0.3, refusal: 0.2 };
    const goesWrong = (seed: number) => {
      try {
        return !throughIs(converse(seed, w, [400, 400], mistaken));
      } catch {
        return true;
      }
    };
    expect([1, 2, 3, 4, 5].some(goesWrong)).toBe(true);
  });
});
