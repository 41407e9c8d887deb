import type { DoorMessage, Person } from './messages.ts';

/** Who is there and who writes, kept by messages. */
export interface Presence {
  /** Takes a message; answers what to tell the person, if anything. */
  hear(message: DoorMessage): string | undefined;
  /** Whether what this session types arrives: it writes, or would begin to. */
  readonly writes: boolean;
  /** Whether this session writes. */
  readonly holds: boolean;
  /** Who does. */
  readonly writer: string;
  /** Who asked for the pen last and may be given it. */
  readonly asker: string | undefined;
  /** One line for each who is there. */
  who(): string[];
}

/** Nobody yet. `mark`: how wishes are typed, when they can be. */
export function createPresence(mark: string | undefined): Presence {
  const people = new Map<string, Person>();
  let me = '';
  let holder: string | undefined;
  let asker: string | undefined;

  const nameOf = (session: string | null | undefined) =>
    session === me ? 'you' : (people.get(session ?? '')?.subject ?? 'somebody');
  const how = (key: string, text: string) => (mark === undefined ? '' : `; ${mark}${key} ${text}`);
  const writesNow = () =>
    holder === undefined ? 'nobody writes' : holder === me ? 'you write' : `${nameOf(holder)} writes`;

  function begin(message: Extract<DoorMessage, { type: 'opened' }>): string {
    people.clear();
    me = message.session;
    for (const person of message.viewers ?? []) people.set(person.session, person);
    holder = [...people.values()].find(({ pen }) => pen)?.session;
    asker = undefined;
    const others = [...people.keys()].filter((session) => session !== me).length;
    const what =
      message.role === 'view'
        ? 'you watch'
        : holder === undefined || holder === me
          ? 'you write'
          : `${writesNow()}${how('p', 'asks for the pen')}${how('P', 'takes it')}`;
    const company = others === 0 ? '' : `, with ${others} other${others === 1 ? '' : 's'}`;
    return `${message.node} is open${company}: ${what}${how('?', 'for help')}`;
  }

  function penChanged({
    holder: now,
    change,
    by,
  }: Extract<DoorMessage, { type: 'pen' }>): string | undefined {
    holder = now ?? undefined;
    if (change === 'asked') {
      asker = by ?? undefined;
      if (by === me) return `asked ${nameOf(now)} for the pen`;
      return `${nameOf(by)} asks for the pen${holder === me ? how('g', 'gives it') : ''}`;
    }
    asker = undefined;
    if (change === 'taken' && holder !== me) return `${nameOf(now)} took the pen${how('P', 'takes it back')}`;
    return writesNow();
  }

  return {
    get writes() {
      return holder === undefined || holder === me;
    },
    get holds() {
      return holder === me;
    },
    get writer() {
      return nameOf(holder);
    },
    get asker() {
      return asker;
    },
    who: () =>
      [...people.values()].map(({ session, subject, role }) => {
        const does = session === holder ? 'writes' : role === 'view' ? 'watches' : 'may write';
        return `${subject}${session === me ? ' (you)' : ''}: ${does}`;
      }),
    hear(message) {
      switch (message.type) {
        case 'opened':
          return begin(message);
        case 'joined': {
          const { viewer } = message;
          const known = people.has(viewer.session);
          people.set(viewer.session, viewer);
          return known ? undefined : `${viewer.subject} came${viewer.role === 'view' ? ' to watch' : ''}`;
        }
        case 'left': {
          const name = nameOf(message.session);
          people.delete(message.session);
          if (asker === message.session) asker = undefined;
          return `${name} left`;
        }
        case 'pen':
          return penChanged(message);
        case 'resized':
          return holder === me ? undefined : `the line is ${message.columns}x${message.rows} now`;
        case 'upstream':
          return message.state === 'lost'
            ? (message.message ?? 'the machine is lost; it is tried again')
            : 'the machine is back';
        case 'notice':
          return message.message;
        default:
          return undefined;
      }
    },
  };
}
