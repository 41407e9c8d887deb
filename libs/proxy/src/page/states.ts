import { newLink, ownReasons, wordsOf } from './reasons.ts';

/** Where the page stands; exactly one at a time. */
export type State =
  /** The link asked not to connect by itself. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** Every place is taken; the server waits for an answer. */
  | {
      readonly kind: 'in-use';
      readonly subject: string;
      readonly since: string | undefined;
      readonly mayTakeOver: boolean;
    }
  /** Lost, and tried again by itself at `until` (milliseconds since the epoch). */
  | { readonly kind: 'resuming'; readonly message: string; readonly until: number }
  /** The tab was duplicated and the other one holds the console. */
  | { readonly kind: 'duplicate' }
  /** Over, or never begun; `reason` is a row of the error table or one of `ownReasons`. */
  | {
      readonly kind: 'ended';
      readonly reason: string;
      readonly message: string | undefined;
      /** The console had opened before this. */
      readonly wasOpen: boolean;
      /** There is still a token or a ticket to try with. */
      readonly hasCredential: boolean;
    }
  /** The address holds no token and the tab no ticket. */
  | { readonly kind: 'no-token' };

/** What a button does. */
export type Action =
  | 'connect'
  | 'take-over'
  | 'try-again'
  | 'reconnect'
  | 'reconnect-now'
  | 'stop'
  | 'move-here';

/** A state in words. */
export interface View {
  readonly tone: 'busy' | 'info' | 'warning' | 'error';
  readonly title: string;
  readonly text: string;
  /** What to do next. */
  readonly advice?: string;
  /** The main one first. */
  readonly actions: readonly { readonly action: Action; readonly label: string }[];
  /** Counts down to this moment, milliseconds since the epoch. */
  readonly until?: number;
  /** The reason's name, small, for a report to whoever runs the service. */
  readonly reason?: string;
}

/** Words and buttons of a state; undefined while the picture speaks for itself. */
export function viewOf(state: State, node: string | undefined, now = new Date()): View | undefined {
  const name = node ?? 'the server';
  switch (state.kind) {
    case 'connected':
      return undefined;
    case 'ready':
      return {
        tone: 'info',
        title: `Console of ${name}`,
        text: 'The link asks to wait before connecting.',
        actions: [{ action: 'connect', label: 'Connect' }],
      };
    case 'connecting':
      return {
        tone: 'busy',
        title: `Connecting to ${name}`,
        text: 'Opening the console…',
        actions: [{ action: 'stop', label: 'Cancel' }],
      };
    case 'in-use':
      return inUseView(state, node, now);
    case 'resuming':
      return {
        tone: 'busy',
        title: `Reconnecting to ${name}`,
        text: state.message,
        actions: [
          { action: 'reconnect-now', label: 'Reconnect now' },
          { action: 'stop', label: 'Stop' },
        ],
        until: state.until,
      };
    case 'duplicate':
      return {
        tone: 'info',
        title: 'Already open in another tab',
        text: `This tab is a copy; the console of ${name} is open in the tab it was copied from.`,
        advice: 'Go back to that tab, or continue here and leave it there.',
        actions: [{ action: 'move-here', label: 'Continue here' }],
      };
    case 'ended':
      return endedView(state);
    case 'no-token':
      return {
        tone: 'info',
        title: 'No console to open',
        text: 'A console opens with a link that is made for one server and one person. This address holds none.',
        advice: newLink,
        actions: [],
      };
  }
}

function inUseView(state: Extract<State, { kind: 'in-use' }>, node: string | undefined, now: Date): View {
  const who = state.subject || 'somebody else';
  const since = state.since ? ` since ${moment(state.since, now)}` : '';
  return {
    tone: 'warning',
    title: `${node ?? 'The server'} is in use`,
    text: `The console is in use by ${who}${since}.`,
    advice: state.mayTakeOver
      ? `Taking over ends the session of ${who} at once.`
      : 'You may not take it over. Ask them to close it, then try again.',
    actions: state.mayTakeOver
      ? [
          { action: 'try-again', label: 'Try again' },
          { action: 'take-over', label: 'Take over' },
        ]
      : [{ action: 'try-again', label: 'Try again' }],
  };
}

function endedView({ reason, message, wasOpen, hasCredential }: Extract<State, { kind: 'ended' }>): View {
  const words = wordsOf(reason, message, wasOpen);
  const again = words.again && hasCredential;
  const advice = words.again && !hasCredential ? (words.without ?? newLink) : words.advice;
  return {
    tone: reason === 'DISCONNECTED' || reason === 'MOVED' ? 'info' : 'error',
    title: words.title,
    text: words.text,
    ...(advice ? { advice } : {}),
    actions: again ? [{ action: 'reconnect', label: wasOpen ? 'Reconnect' : 'Try again' }] : [],
    ...(Object.hasOwn(ownReasons, reason) ? {} : { reason }),
  };
}

/** A moment as an operator says it: `14:03 (12 minutes ago)`, with the day where it is not today. */
function moment(iso: string, now: Date): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return iso;
  const time = then.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  const today = then.toDateString() === now.toDateString();
  const day = today ? '' : `${then.toLocaleDateString(undefined, { dateStyle: 'medium' })}, `;
  const minutes = Math.round((now.getTime() - then.getTime()) / 60_000);
  return `${day}${time} (${ago(minutes)})`;
}

function ago(minutes: number): string {
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`;
  const hours = Math.round(minutes / 60);
  return `${hours} ${hours === 1 ? 'hour' : 'hours'} ago`;
}
