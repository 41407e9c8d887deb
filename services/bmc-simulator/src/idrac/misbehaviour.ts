import { parseWords, type Row, tableOf } from '../vnc/misbehaviour.ts';
import type { Lockout } from './bmc/create-logins.ts';

/**
 * How the management faces of a simulated iDRAC misbehave, or what is peculiar about it; everything unset = nothing.
 * `idracMisbehaviours` documents each. The object that an iDRAC was started with may be changed while it runs.
 */
export interface IdracMisbehaviour {
  slowMs?: number | undefined;
  hang?: boolean | undefined;
  /** Requests that are still answered so; each takes one off. */
  busy?: number | undefined;
  busyFault?: boolean | undefined;
  truncated?: boolean | undefined;
  dirty?: boolean | undefined;
  huge?: boolean | undefined;
  wrongRelatesTo?: boolean | undefined;
  endlessPull?: boolean | undefined;
  dieBeforeWrite?: number | undefined;
  dieAfterWrite?: number | undefined;
  lying?: boolean | undefined;
  echo?: boolean | undefined;
  partial?: boolean | undefined;
  pendingOnly?: boolean | undefined;
  jobs?: 'fail' | 'hang' | undefined;
  jobQueueFull?: boolean | undefined;
  lockdown?: boolean | undefined;
  recovery?: boolean | undefined;
  /** Counted from the start. */
  notReadyMs?: number | undefined;
  noLicence?: boolean | undefined;
  renamed?: { readonly from: string; readonly to: string } | undefined;
  lockout?: Lockout | undefined;
  blockDrops?: boolean | undefined;
  noWsman?: boolean | undefined;
  wsmanHtml?: boolean | undefined;
  noRedfish?: boolean | undefined;
  noSessions?: boolean | undefined;
  noBasic?: boolean | undefined;
  redfishSessions?: number | undefined;
  sessionTimeoutMs?: number | undefined;
  attributesPath?: 'newer' | 'older' | 'both' | undefined;
  bitLengthAsNumber?: boolean | undefined;
  numbersAsStrings?: boolean | undefined;
}

const plain = (name: string, doc: string, made: IdracMisbehaviour): Row<IdracMisbehaviour> => ({
  name,
  doc,
  parse: (value) => (value === '' ? made : undefined),
});

const counted = (
  [name, value]: readonly [string, string],
  doc: string,
  make: (number: number) => IdracMisbehaviour,
): Row<IdracMisbehaviour> => ({
  name,
  value,
  doc,
  parse: (text) => (/^\d{1,9}$/.test(text) ? make(Number(text)) : undefined),
});

/** What goes wrong between client and BMC. */
const transport: readonly Row<IdracMisbehaviour>[] = [
  counted(['slow', 'milliseconds'], 'Answers each request after so long.', (slowMs) => ({ slowMs })),
  plain('hang', 'Takes requests and never answers one.', { hang: true }),
  counted(['busy', 'requests'], 'Answers so many requests with 503 and Retry-After.', (busy) => ({ busy })),
  plain('busy-fault', 'Answers WS-MAN with the fault wsman:Concurrency.', { busyFault: true }),
  plain('truncated', 'Ends each answer in the middle and hangs up.', { truncated: true }),
  plain('dirty', 'Puts unprintable bytes into each answer.', { dirty: true }),
  plain('huge', 'Sends answers without end.', { huge: true }),
  plain('wrong-relates-to', 'WS-MAN answers belong to another request.', { wrongRelatesTo: true }),
  plain('endless-pull', 'An enumeration never comes to its end.', { endlessPull: true }),
  counted(['die-before-write', 'n'], 'Hangs up instead of doing the n-th write.', (dieBeforeWrite) => ({
    dieBeforeWrite,
  })),
  counted(
    ['die-after-write', 'n'],
    'Does the n-th write and hangs up instead of answering.',
    (dieAfterWrite) => ({ dieAfterWrite }),
  ),
];

/** What it does with what it is told. */
const writes: readonly Row<IdracMisbehaviour>[] = [
  plain('lying', 'Answers writes with success and changes nothing.', { lying: true }),
  plain('echo', 'Refuses every change with a text that quotes the values, the passwords too.', {
    echo: true,
  }),
  plain('partial', 'When one of several values is wrong, those before it stay changed.', { partial: true }),
  plain(
    'pending-only',
    'Writes wait for a configuration job: `Set PendingValue` in WS-MAN, a task in Redfish.',
    { pendingOnly: true },
  ),
  plain('jobs-fail', 'Jobs end with Failed and change nothing.', { jobs: 'fail' }),
  plain('jobs-hang', 'Jobs stay Running.', { jobs: 'hang' }),
  plain('job-queue-full', 'There is no room for another job.', { jobQueueFull: true }),
  plain('lockdown', 'System lockdown mode: reads, and refuses every change.', { lockdown: true }),
  plain('recovery', 'Its Lifecycle Controller is in recovery (LCStatus 4) and refuses every change.', {
    recovery: true,
  }),
  counted(
    ['not-ready', 'seconds'],
    'For so long after its start it is not ready (LCStatus 5, LC060; SWC0700 in Redfish) and refuses changes.',
    (seconds) => ({ notReadyMs: seconds * 1000 }),
  ),
  plain('no-licence', 'Its licence has no VNC server: the group VNCServer.1 is not there.', {
    noLicence: true,
  }),
  {
    name: 'renamed',
    value: 'attribute/name',
    doc: 'Its firmware calls an attribute differently: `VNCServer.1#Timeout/IdleTimeout`.',
    parse: (value) => {
      const [, from, to] = /^([\w.]+#\w+)\/(\w+)$/.exec(value) ?? [];
      return from && to ? { renamed: { from, to } } : undefined;
    },
  },
];

/** Who gets in, and which faces there are. */
const doors: readonly Row<IdracMisbehaviour>[] = [
  {
    name: 'lockout',
    value: 'failures/window/penalty',
    doc: 'So many failed logins within so many seconds block a face for so many seconds; 3/60/60 unless told.',
    parse: (value) => {
      const [, failures, window, penalty] = /^([1-9]\d{0,3})\/([1-9]\d{0,6})\/(\d{1,7})$/.exec(value) ?? [];
      if (!failures) return undefined;
      const lockout = { failures: Number(failures), windowMs: Number(window) * 1000 };
      return { lockout: { ...lockout, penaltyMs: Number(penalty) * 1000 } };
    },
  },
  plain('block-drops', 'While a face is blocked it hangs up, instead of answering 401.', {
    blockDrops: true,
  }),
  plain('no-wsman', 'There is no WS-MAN: 404.', { noWsman: true }),
  plain('wsman-html', 'WS-MAN answers with the page of its web interface.', { wsmanHtml: true }),
  plain('no-redfish', 'There is no Redfish: 404.', { noRedfish: true }),
  plain('no-sessions', 'Its Redfish has no SessionService: Basic only.', { noSessions: true }),
  plain('no-basic', 'Its Redfish takes sessions only.', { noBasic: true }),
  counted(
    ['redfish-sessions', 'sessions'],
    'So many Redfish sessions at one time, 8 unless told; further logins get 503.',
    (redfishSessions) => ({ redfishSessions }),
  ),
  counted(
    ['session-timeout', 'seconds'],
    'A Redfish session that rests for so long has ended; 1800 unless told.',
    (seconds) => ({ sessionTimeoutMs: seconds * 1000 }),
  ),
  {
    name: 'attributes-path',
    value: 'newer, older or both',
    doc: 'Where Redfish has the attributes: `Oem/Dell/DellAttributes/…`, `Attributes`, or both. Unless told: older for generation 8, both for 9.',
    parse: (value) =>
      value === 'newer' || value === 'older' || value === 'both' ? { attributesPath: value } : undefined,
  },
  plain('bit-length-as-number', 'SSLEncryptionBitLength is a number in Redfish, 0 for Disabled.', {
    bitLengthAsNumber: true,
  }),
  plain('numbers-as-strings', 'Numbers are strings in Redfish.', { numbersAsStrings: true }),
];

/** Every misbehaviour there is: the README's table and the setting are made of it. */
export const idracMisbehaviours: readonly Row<IdracMisbehaviour>[] = [...transport, ...writes, ...doors];

/**
 * Reads `name` or `name=value` words, as a setting holds them.
 * @throws TypeError naming what is wrong and what there is
 */
export function parseIdracMisbehaviour(words: readonly string[]): IdracMisbehaviour {
  return parseWords(idracMisbehaviours, words);
}

/** The README's table. */
export function idracMisbehaviourTable(): string {
  return tableOf(idracMisbehaviours);
}
