import { errorTable } from '@consolemesh/errors';

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
  /** Over; `reason` is a row of the error table or one of {@link ownReasons}. */
  | {
      readonly kind: 'ended';
      readonly reason: string;
      readonly message: string | undefined;
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

interface Words {
  readonly title: string;
  readonly text: string;
  readonly advice?: string;
  readonly again: boolean;
}

const newLink = 'Ask for a new link where you got this one.';

/** Ends that only the page knows of. */
export const ownReasons = {
  DISCONNECTED: {
    title: 'Disconnected',
    text: 'You closed the console. The server keeps running.',
    again: true,
  },
  CONNECTION_LOST: {
    title: 'Connection lost',
    text: 'The console service could not be reached for a minute.',
    advice: 'Check your network, then reconnect.',
    again: true,
  },
  PICTURE_FAILED: {
    title: 'The picture cannot be shown',
    text: 'The server sent something this page does not understand.',
    advice: 'Reconnect; if it happens again, tell whoever runs the service.',
    again: true,
  },
  MOVED: {
    title: 'Moved to another tab',
    text: 'This console goes on in another tab of this browser.',
    again: true,
  },
} as const satisfies Record<string, Words>;

/** Titles for reasons that operators meet often; all others share one. */
const titles: Readonly<Record<string, string>> = {
  TOKEN_EXPIRED: 'The link has expired',
  TOKEN_INVALID: 'The link is not valid',
  TOKEN_REVOKED: 'The access was revoked',
  TOKEN_USED: 'The link was already used',
  TOKEN_WRONG_KIND: 'The link is for another kind of console',
  RESUME_INVALID: 'This tab cannot be resumed',
  CONSOLE_DISABLED: 'The console was disabled',
  CONSOLE_NOT_FOUND: 'There is no such console',
  CONSOLE_NOT_READY: 'The console is not ready yet',
  CONSOLE_IN_USE: 'The console is in use',
  STALE_GENERATION: 'The console was restarted',
  SESSION_TAKEN_OVER: 'Somebody took the console over',
  SESSION_TERMINATED: 'An operator ended the session',
  SESSION_EXPIRED: 'The session is over',
  SESSION_IDLE: 'Closed because nothing was typed',
  SESSION_LIMIT: 'Too many sessions',
  RATE_LIMITED: 'Too many attempts',
  DRAINING: 'The console service restarts',
  UPSTREAM_CLOSED: 'The server closed the console',
  UPSTREAM_LOST: 'The connection to the server broke',
  BMC_UNREACHABLE: 'The server cannot be reached',
  BMC_TIMEOUT: 'The server does not answer',
  BMC_AUTHENTICATION_FAILED: 'The server refuses the credentials',
};

/** Why ends that would otherwise offer nothing are worth another try from here. */
const worthAnotherTry = new Set(['SESSION_TAKEN_OVER', 'SESSION_IDLE']);

const adviceByRecovery: Readonly<Record<string, string | undefined>> = {
  reopen: newLink,
  retry: 'Wait a moment, then reconnect.',
  'retry-elsewhere': 'Reconnect.',
  'fix-machine': 'Whoever runs the service has to look at the server or its settings.',
  'fix-credentials': 'Whoever runs the service has to correct the credentials of the server.',
  refresh: 'When the console is available again, ask for a new link where you got this one.',
};

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

function endedView({ reason, message, hasCredential }: Extract<State, { kind: 'ended' }>): View {
  const words = wordsOf(reason, message);
  const again = words.again && hasCredential;
  return {
    tone: reason === 'DISCONNECTED' || reason === 'MOVED' ? 'info' : 'error',
    title: words.title,
    text: words.text,
    ...(words.again && !hasCredential ? { advice: newLink } : words.advice ? { advice: words.advice } : {}),
    actions: again ? [{ action: 'reconnect', label: 'Reconnect' }] : [],
    ...(reason in ownReasons ? {} : { reason }),
  };
}

/** The server's words first; ours where it sent none. */
function wordsOf(reason: string, message: string | undefined): Words {
  if (Object.hasOwn(ownReasons, reason)) {
    const own = ownReasons[reason as keyof typeof ownReasons];
    return message ? { ...own, text: message } : own;
  }
  const row = Object.hasOwn(errorTable, reason) ? errorTable[reason as keyof typeof errorTable] : undefined;
  const recovery = row?.recovery ?? 'retry';
  const again = recovery.startsWith('retry') || recovery === 'fix-machine' || worthAnotherTry.has(reason);
  const text = message || row?.meaning || 'The service closed the console without saying why.';
  // The table's words for links say the same already.
  const said = worthAnotherTry.has(reason) || /ask for a new one/.test(text);
  const advice = said ? undefined : adviceByRecovery[recovery];
  return {
    title: titles[reason] ?? 'The console was closed',
    text,
    again,
    ...(advice ? { advice } : {}),
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
