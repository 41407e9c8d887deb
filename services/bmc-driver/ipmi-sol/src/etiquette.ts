import { MeshError } from '@consolemesh/errors';
import { type IpmiNode, whereOf } from './options.ts';
import { type Owner, ownerInWords } from './owner.ts';
import { spread, type Timings } from './timings.ts';

/** What is known when the console is wanted and somebody has it. */
export interface Contest {
  /** It was taken from those who look at it, and is wanted back. */
  readonly taken: boolean;
  /** It may be taken back, as `ipmi_sol_reclaim = always` allows. */
  readonly takeBack: boolean;
  /** The owner is an earlier life of this service. */
  readonly leftByUs: boolean;
  /** No session but ours is open at the BMC, so the owner is gone. */
  readonly alone: boolean;
}

/** Whether the console is taken from whoever has it. */
export function mayTake(takeOver: 'never' | 'stale' | 'always', contest: Contest): boolean {
  const { taken, takeBack, leftByUs, alone } = contest;
  if (leftByUs || takeBack) return true;
  if (alone && takeOver !== 'never') return true;
  // Whoever took it from us has a reason: only ipmi_sol_reclaim says whether to fight over it.
  return takeOver === 'always' && !taken;
}

/** Longest wait that a line may ask for, ms: it is not opened by itself before. */
const untilAskedMs = 15 * 60_000;

/** Says how a console that is somebody else's comes back, in the error that tells so; the next opening reads it there. */
export interface Loss {
  readonly taken: boolean;
  readonly takeBack: boolean;
}

/** What an earlier error says about how the console was lost. */
export function readLoss(lost: MeshError | undefined): Loss {
  return { taken: lost?.metadata.taken === 'true', takeBack: lost?.metadata.take_back === 'true' };
}

const writeLoss = ({ taken, takeBack }: Loss, retryAfterMs: number) => ({
  ...(taken && { taken: 'true' }),
  ...(takeBack && { take_back: 'true' }),
  retry_after_ms: String(retryAfterMs),
});

interface Parts {
  readonly node: IpmiNode;
  readonly timings: Timings;
  readonly random: () => number;
}

/** Somebody has the console, and it is not taken from them. */
export function busy(owner: Owner | undefined, taken: boolean, { node, timings, random }: Parts): MeshError {
  const rule = taken
    ? `It comes back when nobody has it (ipmi_sol_reclaim = ${node.info.ipmi_sol_reclaim})`
    : `It is not taken from them (ipmi_sol_take_over = ${node.info.ipmi_sol_take_over})`;
  return new MeshError(
    'BMC_BUSY',
    `${whereOf(node)}: ${ownerInWords(owner)} has the serial console. ${rule}.`,
    {
      metadata: writeLoss({ taken, takeBack: false }, spread(timings.busyMs, random)),
    },
  );
}

/**
 * Somebody has taken the console from those who look at it.
 * @param takeBackMs when it is taken back; undefined where it is not
 */
export function takenAway(
  owner: Owner | undefined,
  takeBackMs: number | undefined,
  { node, timings, random }: Parts,
): MeshError {
  const { ipmi_sol_reclaim: reclaim } = node.info;
  const takeBack = takeBackMs !== undefined;
  const rule =
    reclaim === 'never'
      ? 'It is not taken back: to do so, leave it and open it again'
      : takeBack
        ? 'It is taken back in a moment'
        : 'It comes back when nobody has it';
  const retryAfterMs =
    reclaim === 'never' ? untilAskedMs : takeBack ? takeBackMs : spread(timings.busyMs, random);
  const deed = owner ? 'has taken the serial console over' : 'has ended the serial console at the BMC';
  const text = `${whereOf(node)}: ${ownerInWords(owner)} ${deed}. ${rule}.`;
  return new MeshError('BMC_BUSY', text, { metadata: writeLoss({ taken: true, takeBack }, retryAfterMs) });
}

/** How often and when consoles are taken back: rarer each time, and not for ever. */
export interface TakeBacks {
  /** Grants one more, to happen after so many ms; undefined when there were enough of late. */
  next(where: string): number | undefined;
}

export function createTakeBacks(timings: Timings, now: () => number, random: () => number): TakeBacks {
  const granted = new Map<string, number[]>();
  return {
    next(where) {
      const from = now() - timings.takeBackWindowMs;
      for (const [key, times] of granted) if (times.at(-1)! <= from) granted.delete(key);
      const recent = (granted.get(where) ?? []).filter((at) => at > from);
      if (recent.length >= timings.takeBacks) return undefined;
      granted.set(where, [...recent, now()]);
      return spread(timings.takeBackMs * 2 ** recent.length, random);
    },
  };
}
