import { OPERATION, SOL_MAX_CHARACTERS, SOL_STATUS, type SolPacket } from '../codec/sol.ts';

/**
 * One end of an SOL conversation: stop-and-wait in each direction over packets that may be lost, doubled, late or out of order
 * (IPMI 2.0 sections 15.4, 15.9, 15.11). Both ends are this machine; only the meaning of the flag bits differs. A pure reducer: time
 * comes in, packets and characters come out, and no packet is ever longer in it than until it is acknowledged.
 *
 * ```
 *   idle ──send──> waiting ──all accepted──> idle
 *                    │ ├──some accepted────> the rest under a new sequence
 *                    │ └──NACK─────────────> held ──after a pause, or when the peer can again──> waiting, new sequence
 *                    └──no answer: again, same sequence, rarer and rarer ──too often──> lost
 * ```
 */
export interface SolConfig {
  side: 'console' | 'bmc';
  /** Most characters that the peer takes in one packet, 1..255. */
  maxCharacters: number;
  /** Pause before the first retransmission, ms; each further pause is `backoff` times as long, up to `longestPauseMs`. */
  retryMs: number;
  backoff: number;
  longestPauseMs: number;
  /** Retransmissions without any answer before the line counts as lost. */
  retries: number;
  /** Pause after a NACK, ms. */
  nackPauseMs: number;
  /** The sequence number to begin with, 1..15. */
  firstSequence: number;
  /** Quirk: an acknowledge of 0 characters without NACK means all of them. */
  zeroAcceptedIsAll: boolean;
  /** Quirk: when retransmissions are used up, try as often again under the next sequence. */
  sequenceStuck: boolean;
}

export const SOL_DEFAULTS: SolConfig = {
  side: 'console',
  maxCharacters: SOL_MAX_CHARACTERS,
  retryMs: 500,
  backoff: 1.5,
  longestPauseMs: 4_000,
  retries: 10,
  nackPauseMs: 500,
  firstSequence: 1,
  zeroAcceptedIsAll: false,
  sequenceStuck: false,
};

/** What waits for an acknowledge. */
interface Outstanding {
  sequence: number;
  characters: Buffer;
  flags: number;
  /** Unanswered transmissions so far, and answers that accepted nothing. */
  tries: number;
  fruitless: number;
  /** When it is sent again. */
  due: number;
  /** It was NACKed: it goes out under a new sequence when it is due, or as soon as the peer can take it. */
  held: boolean;
}

export interface SolState {
  readonly config: SolConfig;
  readonly out: Outstanding | undefined;
  /** Sequence of the next new packet. */
  readonly next: number;
  /** The last packet with a sequence that came in; undefined before the first. */
  readonly last: { sequence: number; length: number; accepted: number } | undefined;
  /** The last packet is to be acknowledged: with the next `send`, or by `acknowledge`. */
  readonly owes: boolean;
  /** Console: the BMC says that it cannot transfer characters at the moment. */
  readonly unavailable: boolean;
  readonly stuckOnce: boolean;
  readonly lost: boolean;
}

export type SolEvent =
  /** A packet came in; `room` is how many characters its receiver can take. */
  | { kind: 'packet'; packet: SolPacket; room: number }
  /** Characters and flags to send; only while `canSend`. An acknowledge that is owed rides along. */
  | { kind: 'send'; characters: Buffer; flags?: number }
  /** Send the acknowledge that is owed by itself. */
  | { kind: 'acknowledge' }
  /** The time that `solWakesAt` named has come. */
  | { kind: 'time' };

export type SolEffect =
  | { kind: 'transmit'; packet: SolPacket }
  /** These characters came in, once and in order. */
  | { kind: 'deliver'; characters: Buffer }
  /** The peer took all characters of the last `send`. */
  | { kind: 'sent' }
  /** Flag bits of a packet that was not seen before, without NACK. */
  | { kind: 'flags'; flags: number }
  /** Nothing is acknowledged any more. */
  | { kind: 'lost' };

export interface SolStep {
  state: SolState;
  effects: readonly SolEffect[];
}

export function solStart(config: Partial<SolConfig> = {}): SolState {
  const whole = { ...SOL_DEFAULTS, ...config };
  return {
    config: whole,
    out: undefined,
    next: whole.firstSequence,
    last: undefined,
    owes: false,
    unavailable: false,
    stuckOnce: false,
    lost: false,
  };
}

/** The machine takes characters: everything before was accepted. */
export function canSend(state: SolState): boolean {
  return state.out === undefined && !state.lost;
}

/** When `time` is to be told; undefined = nothing is waited for. */
export function solWakesAt(state: SolState): number | undefined {
  return state.lost ? undefined : state.out?.due;
}

/** @param now ms, monotonic */
export function solStep(state: SolState, event: SolEvent, now: number): SolStep {
  if (state.lost) return { state, effects: [] };
  switch (event.kind) {
    case 'packet':
      return onPacket(state, event.packet, event.room, now);
    case 'send':
      return onSend(state, event.characters, event.flags ?? 0, now);
    case 'acknowledge':
      return onAcknowledge(state);
    case 'time':
      return onTime(state, now);
  }
}

function onSend(state: SolState, characters: Buffer, flags: number, now: number): SolStep {
  if (state.out !== undefined) throw new Error('an SOL packet is outstanding: look at canSend first');
  const out = fresh(state, characters.subarray(0, state.config.maxCharacters), flags, now);
  return {
    state: { ...state, out, next: after(state.next), owes: false },
    effects: [transmit(state, out, state.owes)],
  };
}

function onAcknowledge(state: SolState): SolStep {
  if (!state.owes) return { state, effects: [] };
  const packet = { sequence: 0, ...acknowledgeFields(state, true), characters: Buffer.alloc(0) };
  return { state: { ...state, owes: false }, effects: [{ kind: 'transmit', packet }] };
}

function onTime(state: SolState, now: number): SolStep {
  const { out, config } = state;
  if (out === undefined || out.due > now) return { state, effects: [] };
  if (out.held) return resendRest(state, out, now);
  if (out.tries <= config.retries) {
    const again = { ...out, tries: out.tries + 1, due: now + pause(config, out.tries) };
    return { state: { ...state, out: again }, effects: [transmit(state, again, false)] };
  }
  if (config.sequenceStuck && !state.stuckOnce) {
    return resendRest({ ...state, stuckOnce: true }, { ...out, tries: 0 }, now);
  }
  return { state: { ...state, lost: true }, effects: [{ kind: 'lost' }] };
}

function onPacket(state: SolState, packet: SolPacket, room: number, now: number): SolStep {
  const received = receive(state, packet, room);
  const answered = onAcknowledged(received.state, packet, now);
  if (answered.effects.length === 0) return { state: answered.state, effects: received.effects };
  return { state: answered.state, effects: [...received.effects, ...answered.effects] };
}

/** The half that takes characters. */
function receive(state: SolState, packet: SolPacket, room: number): SolStep {
  const effects: SolEffect[] = [];
  const plainFlags = packet.flags & ~OPERATION.nack;
  if (packet.sequence === 0) {
    if (plainFlags !== 0) effects.push({ kind: 'flags', flags: plainFlags });
    return { state, effects };
  }
  const { last } = state;
  if (last !== undefined && packet.sequence === last.sequence) return receiveAgain(state, last, packet, room);
  // More than half of the circle ahead is behind: a copy that was overtaken. Nobody waits for its acknowledge.
  if (last !== undefined && (packet.sequence - last.sequence + 15) % 15 > 7) return { state, effects };
  const accepted = Math.min(packet.characters.length, Math.max(0, room), SOL_MAX_CHARACTERS);
  if (plainFlags !== 0) effects.push({ kind: 'flags', flags: plainFlags });
  if (accepted > 0) effects.push({ kind: 'deliver', characters: packet.characters.subarray(0, accepted) });
  const seen = {
    sequence: packet.sequence,
    length: packet.characters.length,
    accepted,
  };
  return { state: { ...state, last: seen, owes: true }, effects };
}

/**
 * The same sequence again: our acknowledge was lost or late. Nothing is delivered twice; but BMCs are known to append new characters to a
 * retransmission (ipmitool and FreeIPMI look for them), and those are taken if everything before them was.
 */
function receiveAgain(
  state: SolState,
  last: NonNullable<SolState['last']>,
  packet: SolPacket,
  room: number,
): SolStep {
  const surplus = packet.characters.length - last.length;
  if (last.accepted < last.length || surplus <= 0) return { state: { ...state, owes: true }, effects: [] };
  const more = Math.min(surplus, Math.max(0, room), SOL_MAX_CHARACTERS - last.accepted);
  const accepted = last.accepted + more;
  const seen = { ...last, length: packet.characters.length, accepted };
  const characters = packet.characters.subarray(last.length, last.length + more);
  return {
    state: { ...state, last: seen, owes: true },
    effects: more > 0 ? [{ kind: 'deliver', characters }] : [],
  };
}

/** The half that waits for acknowledges. */
function onAcknowledged(before: SolState, packet: SolPacket, now: number): SolStep {
  const unavailable =
    before.config.side === 'console' && (packet.flags & SOL_STATUS.transferUnavailable) !== 0;
  const state = unavailable === before.unavailable ? before : { ...before, unavailable };
  const { out, config } = state;
  if (out === undefined) return { state, effects: [] };
  const nack = (packet.flags & OPERATION.nack) !== 0;
  if (packet.acknowledged !== out.sequence || out.held) {
    // Held back until now, and the peer tells by itself that it can again.
    const relieved = out.held && before.unavailable && !unavailable && !nack;
    return relieved ? resendRest(state, out, now) : { state, effects: [] };
  }
  const { length } = out.characters;
  const all = packet.accepted >= length || (packet.accepted === 0 && !nack && config.zeroAcceptedIsAll);
  // A packet of flags alone is done when it was answered: some BMCs "NACK" breaks, which carry nothing to refuse.
  if (all) return { state: { ...state, out: undefined }, effects: [{ kind: 'sent' }] };
  const progress = packet.accepted > 0;
  const rest: Outstanding = {
    ...out,
    characters: out.characters.subarray(packet.accepted),
    flags: progress ? 0 : out.flags,
    tries: 0,
    fruitless: progress || nack || unavailable ? 0 : out.fruitless + 1,
  };
  if (rest.fruitless > config.retries)
    return { state: { ...state, lost: true }, effects: [{ kind: 'lost' }] };
  // Without a NACK the peer can take the rest at once; it took nothing where it is stuck, and then haste would be a storm.
  if (progress && !nack && !unavailable) return resendRest(state, rest, now);
  const held = { ...rest, held: true, due: now + config.nackPauseMs };
  return { state: { ...state, out: held }, effects: [] };
}

/** Sends what is left under a new sequence: the old one is used up, the peer acknowledged it. */
function resendRest(state: SolState, out: Outstanding, now: number): SolStep {
  const again = { ...fresh(state, out.characters, out.flags, now), fruitless: out.fruitless };
  return {
    state: { ...state, out: again, next: after(state.next), owes: false },
    effects: [transmit(state, again, state.owes)],
  };
}

function fresh(state: SolState, characters: Buffer, flags: number, now: number): Outstanding {
  return {
    sequence: state.next,
    characters,
    flags,
    tries: 1,
    fruitless: 0,
    due: now + state.config.retryMs,
    held: false,
  };
}

function transmit(state: SolState, out: Outstanding, withAcknowledge: boolean): SolEffect {
  const acknowledge = acknowledgeFields(state, withAcknowledge);
  return {
    kind: 'transmit',
    packet: {
      sequence: out.sequence,
      ...acknowledge,
      flags: out.flags | acknowledge.flags,
      characters: out.characters,
    },
  };
}

function acknowledgeFields({ last }: SolState, wanted: boolean) {
  if (!wanted || last === undefined) return { acknowledged: 0, accepted: 0, flags: 0 };
  return {
    acknowledged: last.sequence,
    accepted: last.accepted,
    // Only where nothing was taken: ipmitool drops the rest of a packet that was taken in part and NACKed.
    flags: refused(last) ? OPERATION.nack : 0,
  };
}

/** The last packet that came in had characters and none was taken. */
export function refused(last: SolState['last']): boolean {
  return last !== undefined && last.length > 0 && last.accepted === 0;
}

function pause(config: SolConfig, tries: number): number {
  return Math.min(config.longestPauseMs, config.retryMs * config.backoff ** tries);
}

/** 15 is followed by 1. */
function after(sequence: number): number {
  return (sequence % 15) + 1;
}
