import { closeSession, deactivatePayload, type Session, SOL_INSTANCE, SOL_PAYLOAD } from '@consolemesh/ipmi';
import { askOwner, type Owner, sameOwner } from './owner.ts';

/** What an open console looks like at its BMC, so that whoever comes after us knows it for ours. */
export interface Mark {
  /** The session's id at the BMC. */
  readonly session: number;
  /** As the BMC named us right after the console was opened; undefined where it does not tell. */
  readonly owner?: Owner | undefined;
}

/** No console of ours stands. */
export const noMark = Buffer.alloc(0);

/** As driver_state, JSON. */
export function encodeMark(mark: Mark): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, ...mark }));
}

/** The inverse; undefined for what is none, or was written by something else. */
export function decodeMark(state: Buffer): Mark | undefined {
  if (state.length === 0) return undefined;
  try {
    const { v, session, owner } = JSON.parse(state.toString()) as Record<string, unknown>;
    if (v !== 1 || typeof session !== 'number') return undefined;
    const known = typeof owner === 'object' && owner !== null && typeof (owner as Owner).id === 'number';
    return { session, ...(known && { owner: owner as Owner }) };
  } catch {
    return undefined;
  }
}

/** Whether the console is still held by the session that left this mark. */
export function isLeftBy(owner: Owner | undefined, mark: Mark | undefined): boolean {
  if (owner === undefined || mark === undefined) return false;
  return sameOwner(owner, mark.owner ?? { id: mark.session });
}

/**
 * Ends a console and its session that an earlier life of this service has left behind, if they still stand. Anybody else's is left alone.
 * @returns whether there was one
 * @throws IpmiError when the BMC does not answer
 */
export async function endRemains(
  session: Session,
  mark: Mark | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (mark === undefined || mark.session === session.info.bmcSessionId) return false;
  if (!isLeftBy(await askOwner(session, signal), mark)) return false;
  const sol = { payloadType: SOL_PAYLOAD, instance: SOL_INSTANCE };
  const refused = () => {};
  await session.run(deactivatePayload, sol, { signal }).catch(refused);
  // Few BMCs let one session end another; the rest forget it after a minute.
  await session.run(closeSession, { sessionId: mark.session }, { signal }).catch(refused);
  return true;
}
