import type { ConsoleEvent, Opened, TerminalSize, Viewer } from '@consolemesh/proxy/page';

/** Who is at the console and what its line is like, as far as this page was told. */
export interface Presence {
  /** Our session. */
  readonly me: string;
  readonly role: 'control' | 'view';
  readonly viewers: readonly Viewer[];
  /** Undefined where the line has no size of its own. */
  readonly size: TerminalSize | undefined;
  /** Why the machine cannot be reached at present; undefined while it can. */
  readonly lost: string | undefined;
  /** Sessions that have asked us for the pen. */
  readonly asking: readonly string[];
}

/** What an event has changed, and a sentence for the operator where it is worth one. */
export interface Change {
  readonly now: Presence;
  readonly says?: string;
}

/** How things stand when a console opens. */
export function presenceOf({ session, role, viewers, size }: Opened): Presence {
  return { me: session, role, viewers, size, lost: undefined, asking: [] };
}

/** Who writes; undefined when nobody does. */
export function writer({ viewers }: Presence): Viewer | undefined {
  return viewers.find(({ pen }) => pen);
}

/** Whether what is typed here reaches the machine: whoever types while nobody writes becomes the writer. */
export function mayType(presence: Presence): boolean {
  const who = writer(presence);
  return presence.role === 'control' && (who === undefined || who.session === presence.me);
}

/** Whether this page has the pen. */
export function holdsPen(presence: Presence): boolean {
  return writer(presence)?.session === presence.me;
}

/** How a viewer is called. */
export function nameOf(presence: Presence, session: string | undefined): string {
  if (session === presence.me) return 'you';
  return presence.viewers.find((one) => one.session === session)?.subject || 'somebody';
}

/** Takes what the console tells. */
export function happen(presence: Presence, event: ConsoleEvent): Change {
  switch (event.type) {
    case 'joined':
      return joined(presence, event.viewer);
    case 'left': {
      const who = presence.viewers.find(({ session }) => session === event.session);
      const now = {
        ...presence,
        viewers: presence.viewers.filter(({ session }) => session !== event.session),
        asking: presence.asking.filter((session) => session !== event.session),
      };
      return who && event.session !== presence.me
        ? { now, says: `${first(who.subject)} has left.` }
        : { now };
    }
    case 'pen':
      return penMoved(presence, event);
    case 'resized':
      return { now: { ...presence, size: { columns: event.columns, rows: event.rows } } };
    case 'upstream': {
      if (event.state === 'restored')
        return presence.lost === undefined
          ? { now: presence }
          : { now: { ...presence, lost: undefined }, says: 'The connection to the machine is back.' };
      return { now: { ...presence, lost: event.message ?? 'The connection to the machine is lost.' } };
    }
  }
}

function joined(presence: Presence, viewer: Viewer): Change {
  const others = presence.viewers.filter(({ session }) => session !== viewer.session);
  const now = { ...presence, viewers: [...others, viewer] };
  // A tab that came back is nobody new.
  if (others.length < presence.viewers.length || viewer.session === presence.me) return { now };
  const name = first(viewer.subject);
  return { now, says: viewer.role === 'view' ? `${name} is watching now.` : `${name} has come.` };
}

function penMoved(presence: Presence, event: Extract<ConsoleEvent, { type: 'pen' }>): Change {
  const { holder, change, by } = event;
  const { me } = presence;
  const had = holdsPen(presence);
  const mine = holder === me;
  if (change === 'asked') {
    if (!mine)
      return by === me
        ? { now: presence, says: `${first(nameOf(presence, holder))} was asked.` }
        : { now: presence };
    const known = by === undefined || presence.asking.includes(by);
    return { now: known ? presence : { ...presence, asking: [...presence.asking, by] } };
  }
  const now: Presence = {
    ...presence,
    viewers: presence.viewers.map((one) => ({ ...one, pen: one.session === holder })),
    asking: [],
  };
  if (mine) {
    if (had || change === 'claimed') return { now };
    const gave =
      by !== undefined && change === 'given' ? `${first(nameOf(presence, by))} lets you write.` : undefined;
    return { now, says: gave ?? 'You write now.' };
  }
  if (holder === undefined) return { now, says: 'Nobody writes now; whoever types first does.' };
  const name = first(nameOf(presence, holder));
  return { now, says: had && change === 'taken' ? `${name} has taken over writing.` : `${name} writes now.` };
}

/** A name at the beginning of a sentence, as the token wrote it. */
function first(name: string): string {
  return name === '' || name === 'somebody' ? 'Somebody' : name === 'you' ? 'You' : name;
}
