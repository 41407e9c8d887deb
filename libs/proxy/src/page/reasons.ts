import { errorTable } from '@consolemesh/errors';

/** What the page says when it ends. */
export interface Words {
  readonly title: string;
  readonly text: string;
  readonly advice?: string;
  /** Another try from here can help. */
  readonly again: boolean;
  /** Advice where nothing is left to try with; a new link unless told. */
  readonly without?: string;
}

/** The advice when nothing is left to try with. */
export const newLink = 'Ask for a new link where you got this one.';

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

/** One title, or one for a console that never opened and one for a console that was open. */
type Title = string | { readonly before: string; readonly after: string };

/** Titles for every reason that can end or prevent a session. None says that the console was closed: it may never have been open. */
export const titles: Readonly<Record<string, Title>> = {
  TOKEN_EXPIRED: 'The link has expired',
  TOKEN_INVALID: 'The link is not valid',
  TOKEN_REVOKED: 'The access was revoked',
  TOKEN_USED: 'The link was already used',
  TOKEN_WRONG_KIND: 'The link is for another kind of console',
  RESUME_INVALID: 'This tab cannot be resumed',
  GRANT_INVALID: 'The console service refuses the access',
  GRANT_EXPIRED: 'Opening took too long',
  CONSOLE_NOT_FOUND: 'There is no such console',
  CONSOLE_DISABLED: { before: 'The console is disabled', after: 'The console was disabled' },
  CONSOLE_NOT_READY: 'The console is not ready yet',
  CONSOLE_IN_USE: 'The console is in use',
  SECRETS_UNREADABLE: 'The secrets of the server cannot be read',
  STALE_GENERATION: 'The console was restarted',
  SESSION_TAKEN_OVER: 'Somebody took the console over',
  SESSION_TERMINATED: 'An operator ended the session',
  SESSION_EXPIRED: 'The session is over',
  SESSION_IDLE: 'Closed because nothing was typed',
  SESSION_LIMIT: 'Too many sessions',
  RATE_LIMITED: 'Too many attempts',
  HANDSHAKE_TIMEOUT: 'The connection was too slow',
  MESSAGE_TOO_LARGE: 'This page sent too much at once',
  PROTOCOL_VIOLATION: 'This page and the console service do not understand each other',
  ORIGIN_REFUSED: 'Consoles may not be opened from here',
  DRAINING: 'The console service restarts',
  UPSTREAM_CLOSED: { before: 'The server closed the connection', after: 'The server closed the console' },
  UPSTREAM_LOST: 'The connection to the server broke',
  DRIVER_UNAVAILABLE: 'The driver of the server does not answer',
  PROVIDER_UNAVAILABLE: 'The container service does not answer',
  CONTAINER_FAILED: 'The container of the console failed',
  BMC_UNREACHABLE: 'The server cannot be reached',
  BMC_REFUSED: 'The server refuses the connection',
  BMC_NAME_NOT_FOUND: 'The name of the server is not known',
  BMC_TIMEOUT: 'The server does not answer',
  BMC_AUTHENTICATION_FAILED: 'The server refuses the credentials',
  BMC_PASSWORD_REQUIRED: 'The server asks for a password',
  BMC_LOCKED_OUT: 'The server has locked the account',
  BMC_SECURITY_UNSUPPORTED: 'The server is not secure enough',
  BMC_CERTIFICATE_REFUSED: 'The certificate of the server is not trusted',
  BMC_TLS_FAILED: 'No encrypted connection to the server',
  BMC_PROTOCOL_ERROR: 'The server speaks something else',
  BMC_BUSY: 'The server is busy',
  BMC_ERROR: 'The server reports an error',
  BMC_CHANGE_FAILED: 'The BMC refuses a change',
  BMC_NOT_READY: 'The BMC is not ready yet',
  BMC_IN_USE: 'Somebody else uses the console of the server',
  BMC_PERMISSION_DENIED: 'The BMC does not allow the change',
  BMC_LOCKED_DOWN: 'The BMC is locked down',
  BMC_JOB_QUEUE_FULL: 'The job queue of the BMC is full',
  BMC_RECOVERY_MODE: 'The BMC is in recovery mode',
  BMC_LICENSE_MISSING: 'The BMC has no licence for a console',
  BMC_SETTING_MISSING: 'The BMC lacks a setting',
  BMC_CONSOLE_DISABLED: 'The BMC does not offer the serial console',
  TOKEN_SERVICE_UNAVAILABLE: 'Links cannot be checked right now',
  CONDUCTOR_UNAVAILABLE: 'The console service does not answer',
  STORE_UNAVAILABLE: 'The console service does not answer',
  UNAVAILABLE: 'The console service does not answer',
  DEADLINE_EXCEEDED: 'The console service took too long',
  RESOURCE_EXHAUSTED: 'The console service is full',
  INTERNAL: 'The console service has a problem',
};

/** Advice where the recovery of the table says too little; undefined = the words of the server say it already. */
const advices: Readonly<Record<string, string | undefined>> = {
  SESSION_TAKEN_OVER: undefined,
  SESSION_IDLE: undefined,
  SESSION_TERMINATED: 'The same link opens the console again if it is still good.',
  ORIGIN_REFUSED: 'Open the link in a tab of its own; if that fails too, tell whoever runs the service.',
  INTERNAL: 'Tell whoever runs the service; its log says what happened.',
};

/** Its bearer did nothing wrong: the link is as good as before, even in a tab that has forgotten it. */
const keepsItsLink = new Set(['SESSION_TERMINATED']);

const adviceByRecovery: Readonly<Record<string, string | undefined>> = {
  reopen: newLink,
  retry: 'Wait a moment, then try again.',
  'retry-elsewhere': 'Try again.',
  'fix-machine': 'Whoever runs the service has to look at the server or its settings.',
  'fix-credentials': 'Whoever runs the service has to correct the credentials of the server.',
  'fix-request': 'Reload the page; if it happens again, tell whoever runs the service.',
  refresh: 'When the console is available again, ask for a new link where you got this one.',
};

/** Why ends that would otherwise offer nothing are worth another try from here. */
const worthAnotherTry = new Set(['SESSION_TAKEN_OVER', 'SESSION_IDLE', 'SESSION_TERMINATED']);

/** Words for an end; the server's text first, ours where it sent none. `wasOpen`: the console had opened before. */
export function wordsOf(reason: string, message: string | undefined, wasOpen: boolean): Words {
  if (Object.hasOwn(ownReasons, reason)) {
    const own = ownReasons[reason as keyof typeof ownReasons];
    return message ? { ...own, text: message } : own;
  }
  const row = Object.hasOwn(errorTable, reason) ? errorTable[reason as keyof typeof errorTable] : undefined;
  const recovery = row?.recovery ?? 'retry';
  const unsaid = wasOpen
    ? 'The service closed the console without saying why.'
    : 'The service did not open the console and did not say why.';
  const text = message || row?.meaning || unsaid;
  const advice = adviceOf(reason, recovery, text);
  return {
    title: titleOf(reason, wasOpen),
    text,
    again: recovery.startsWith('retry') || recovery === 'fix-machine' || worthAnotherTry.has(reason),
    ...(advice ? { advice } : {}),
    ...(advice && keepsItsLink.has(reason) ? { without: advice } : {}),
  };
}

function titleOf(reason: string, wasOpen: boolean): string {
  const title = Object.hasOwn(titles, reason) ? titles[reason] : undefined;
  if (title === undefined) return wasOpen ? 'The console was closed' : 'The console could not be opened';
  if (typeof title === 'string') return title;
  return wasOpen ? title.after : title.before;
}

function adviceOf(reason: string, recovery: string, text: string): string | undefined {
  if (Object.hasOwn(advices, reason)) return advices[reason];
  // The table's words for links say the same already.
  return /ask for a new one|ask for a new link/.test(text) ? undefined : adviceByRecovery[recovery];
}
