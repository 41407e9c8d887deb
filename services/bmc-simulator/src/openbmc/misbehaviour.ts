import { parseWords, type Row, tableOf } from '../vnc/misbehaviour.ts';

/** How the HTTPS side of a simulated OpenBMC misbehaves; everything unset = it behaves. `openbmcMisbehaviours` documents each. */
export interface OpenbmcMisbehaviour {
  slowMs?: number | undefined;
  hang?: boolean | undefined;
  noSessions?: boolean | undefined;
  noBasic?: boolean | undefined;
  noWebSocket?: boolean | undefined;
  untold?: boolean | undefined;
  disabled?: boolean | undefined;
  uri?: string | undefined;
  readOnly?: boolean | undefined;
  cookiesOnly?: boolean | undefined;
  mostSessions?: number | undefined;
  sessionTimeoutMs?: number | undefined;
  mostConsoles?: number | undefined;
  mute?: boolean | undefined;
  deaf?: boolean | undefined;
  asText?: boolean | undefined;
  dieAfterMs?: number | undefined;
  dieAfterBytes?: number | undefined;
}

const plain = (value: string, misbehaviour: OpenbmcMisbehaviour) => (value === '' ? misbehaviour : undefined);
const withNumber = (value: string, make: (number: number) => OpenbmcMisbehaviour) =>
  /^\d{1,9}$/.test(value) ? make(Number(value)) : undefined;

/** Every misbehaviour there is: the README's table and the setting are made of it. */
export const openbmcMisbehaviours: readonly Row<OpenbmcMisbehaviour>[] = [
  {
    name: 'slow',
    value: 'milliseconds',
    doc: 'Answers each request, and each wish for a WebSocket, after so long.',
    parse: (value) => withNumber(value, (slowMs) => ({ slowMs })),
  },
  {
    name: 'hang',
    doc: 'Takes requests and never answers one.',
    parse: (value) => plain(value, { hang: true }),
  },
  {
    name: 'no-sessions',
    doc: 'Its Redfish has no SessionService: Basic only.',
    parse: (value) => plain(value, { noSessions: true }),
  },
  {
    name: 'no-basic',
    doc: 'Takes sessions only.',
    parse: (value) => plain(value, { noBasic: true }),
  },
  {
    name: 'cookies-only',
    doc: 'Takes WebSockets with a session’s cookie and its CSRF token as subprotocol only.',
    parse: (value) => plain(value, { cookiesOnly: true }),
  },
  {
    name: 'no-websocket',
    doc: 'Has no WebSocket for the console, and Redfish tells of none.',
    parse: (value) => plain(value, { noWebSocket: true }),
  },
  {
    name: 'untold',
    doc: 'Has the WebSockets, but Redfish tells of none, as bmcweb does.',
    parse: (value) => plain(value, { untold: true }),
  },
  {
    name: 'disabled',
    doc: 'Redfish says that the services of the serial console are disabled.',
    parse: (value) => plain(value, { disabled: true }),
  },
  {
    name: 'uri',
    value: 'URI',
    doc: 'Redfish tells this as the URI of the WebSocket: `console0`, `/nowhere`, `wss://192.0.2.9/console0`.',
    parse: (value) => (value === '' ? undefined : { uri: value }),
  },
  {
    name: 'read-only',
    doc: 'The console is for reading only (`Interactive` is false); what is typed is dropped.',
    parse: (value) => plain(value, { readOnly: true }),
  },
  {
    name: 'sessions',
    value: 'sessions',
    doc: 'So many Redfish sessions at one time, 64 unless told; further logins get 503.',
    parse: (value) => withNumber(value, (mostSessions) => ({ mostSessions })),
  },
  {
    name: 'session-timeout',
    value: 'seconds',
    doc: 'A Redfish session that rests for so long has ended; 1800 unless told.',
    parse: (value) => withNumber(value, (seconds) => ({ sessionTimeoutMs: seconds * 1000 })),
  },
  {
    name: 'consoles',
    value: 'consoles',
    doc: 'So many WebSockets at one time, 32 unless told; further ones are closed with a reason.',
    parse: (value) => withNumber(value, (mostConsoles) => ({ mostConsoles })),
  },
  {
    name: 'mute',
    doc: 'Opens WebSockets and sends nothing.',
    parse: (value) => plain(value, { mute: true }),
  },
  {
    name: 'deaf',
    doc: 'Answers no ping on WebSockets.',
    parse: (value) => plain(value, { deaf: true }),
  },
  {
    name: 'as-text',
    doc: 'Sends what the machine says in text frames.',
    parse: (value) => plain(value, { asText: true }),
  },
  {
    name: 'die-after',
    value: 'milliseconds',
    doc: 'Drops each WebSocket so long after it was opened.',
    parse: (value) => withNumber(value, (dieAfterMs) => ({ dieAfterMs })),
  },
  {
    name: 'die-after-bytes',
    value: 'bytes',
    doc: 'Drops each WebSocket after so many bytes were sent.',
    parse: (value) => withNumber(value, (dieAfterBytes) => ({ dieAfterBytes })),
  },
];

/**
 * Reads `name` or `name=value` words, as a setting holds them.
 * @throws TypeError naming what is wrong and what there is
 */
export function parseOpenbmcMisbehaviour(words: readonly string[]): OpenbmcMisbehaviour {
  return parseWords(openbmcMisbehaviours, words);
}

/** The README's table. */
export function openbmcMisbehaviourTable(): string {
  return tableOf(openbmcMisbehaviours);
}
