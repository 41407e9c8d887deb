/**
 * The right to write on a shared line.
 * - `free`: nobody has it; the first who types gets it.
 * - `held`: `by` writes; `askers` would like to, in the order in which they asked.
 */
export type Pen =
  | { readonly kind: 'free' }
  | { readonly kind: 'held'; readonly by: string; readonly askers: readonly string[] };

/** What everybody is told. Sessions by their ids; empty when there is none. */
export interface PenNotice {
  readonly change: 'asked' | 'given' | 'taken' | 'claimed' | 'freed';
  readonly holder: string;
  readonly previous: string;
  readonly askedBy: string;
}

/** What a wish has come to; without a notice nothing has changed. */
export interface PenStep {
  readonly pen: Pen;
  readonly notice?: PenNotice;
}

export const freePen: Pen = { kind: 'free' };

/** The session that may write; empty when nobody does. */
export function holderOf(pen: Pen): string {
  return pen.kind === 'held' ? pen.by : '';
}

/** Takes a pen that nobody holds. */
export function claimPen(pen: Pen, session: string): PenStep {
  return pen.kind === 'free' ? handOver(pen, session, 'claimed') : { pen };
}

/** Asks the holder; a pen that nobody holds is had at once. Asking again reminds. */
export function askPen(pen: Pen, session: string): PenStep {
  if (pen.kind === 'free') return claimPen(pen, session);
  if (pen.by === session) return { pen };
  const askers = pen.askers.includes(session) ? pen.askers : [...pen.askers, session];
  const notice = { change: 'asked', holder: pen.by, previous: pen.by, askedBy: session } as const;
  return { pen: { ...pen, askers }, notice };
}

/** Gives it to another; only its holder can. */
export function givePen(pen: Pen, from: string, to: string): PenStep {
  return holderOf(pen) === from && from !== to ? handOver(pen, to, 'given') : { pen };
}

/** Takes it, from whomever. */
export function takePen(pen: Pen, session: string): PenStep {
  if (holderOf(pen) === session) return { pen };
  return handOver(pen, session, pen.kind === 'free' ? 'claimed' : 'taken');
}

/** A session has gone: whoever had asked first inherits. */
export function leavePen(pen: Pen, session: string): PenStep {
  if (pen.kind === 'free') return { pen };
  if (pen.by === session) return handOver(pen, pen.askers[0] ?? '', 'freed');
  return { pen: { ...pen, askers: pen.askers.filter((asker) => asker !== session) } };
}

function handOver(pen: Pen, to: string, change: PenNotice['change']): PenStep {
  const askers = pen.kind === 'held' ? pen.askers.filter((asker) => asker !== to) : [];
  const notice = { change, holder: to, previous: holderOf(pen), askedBy: askers[0] ?? '' };
  return { pen: to === '' ? freePen : { kind: 'held', by: to, askers }, notice };
}
