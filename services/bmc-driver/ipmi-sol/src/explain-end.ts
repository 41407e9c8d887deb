import { setTimeout as sleep } from 'node:timers/promises';
import { MeshError } from '@consolemesh/errors';
import type { IpmiError, Session } from '@consolemesh/ipmi';
import { type TakeBacks, takenAway } from './etiquette.ts';
import { isLeftBy, type Mark } from './mark.ts';
import { type IpmiNode, whereOf } from './options.ts';
import { askOwner, type Owner } from './owner.ts';
import type { Timings } from './timings.ts';

/** Longest time for finding out who has taken a console, ms: its viewers wait for the answer. */
const askMs = 4_000;

/** What ended an open console, in words, with when to try again. Never rejects. */
export async function explainEnd(
  error: IpmiError,
  parts: {
    readonly node: IpmiNode;
    readonly session: Session;
    readonly mark: Mark;
    readonly timings: Timings;
    readonly random: () => number;
    readonly takeBacks: TakeBacks;
  },
): Promise<MeshError> {
  const { node, session, mark, timings, takeBacks } = parts;
  const where = whereOf(node);
  const { ipmi_sol_reclaim: reclaim } = node.info;
  const cause = { cause: error };
  if (error.code === 'SESSION_LOST') {
    const text = `${where}: the BMC does not answer any more, or has forgotten the session as after a restart.`;
    return new MeshError('UPSTREAM_LOST', text, cause);
  }
  if (error.code !== 'SOL_STOLEN' && error.code !== 'SOL_LOST') {
    return new MeshError('UPSTREAM_CLOSED', `${where}: ${error.message}.`, cause);
  }
  const thief = await findThief(session, mark, timings.settleMs);
  const robbed = thief !== undefined || (error.code === 'SOL_STOLEN' && reclaim === 'never');
  if (robbed) {
    const takeBackMs = reclaim === 'always' ? takeBacks.next(where) : undefined;
    return takenAway(thief, takeBackMs, parts);
  }
  if (error.code === 'SOL_LOST') {
    const text = `${where}: the BMC does not acknowledge serial data any more.`;
    return new MeshError('UPSTREAM_LOST', text, cause);
  }
  const text = `${where}: somebody has ended the serial console at the BMC; nobody has it now.`;
  return new MeshError('UPSTREAM_CLOSED', text, cause);
}

/** Who has the console instead of us; asked twice, because whoever takes one over often ends it before opening it. */
async function findThief(session: Session, mark: Mark, settleMs: number): Promise<Owner | undefined> {
  const signal = AbortSignal.timeout(askMs);
  try {
    for (let asked = 0; ; asked += 1) {
      const owner = await askOwner(session, signal);
      if (owner && !isLeftBy(owner, mark)) return owner;
      if (asked > 0) return undefined;
      await sleep(settleMs, undefined, { signal });
    }
  } catch {
    return undefined;
  }
}
