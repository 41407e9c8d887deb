import { parseWords, type Row, tableOf } from '../vnc/misbehaviour.ts';

/** How the SSH server of a simulated BMC misbehaves; everything unset = it behaves. `sshMisbehaviours` documents each. */
export interface SshMisbehaviour {
  slowPromptMs?: number | undefined;
  silent?: boolean | undefined;
  inUse?: boolean | undefined;
  noShell?: boolean | undefined;
  noLogin?: boolean | undefined;
  keyboardInteractive?: boolean | undefined;
  otherHostKey?: boolean | undefined;
  oldAlgorithms?: boolean | undefined;
  dieAfterMs?: number | undefined;
  stuckHotKey?: boolean | undefined;
}

const plain = (value: string, misbehaviour: SshMisbehaviour) => (value === '' ? misbehaviour : undefined);
const milliseconds = (value: string, make: (ms: number) => SshMisbehaviour) =>
  /^\d{1,9}$/.test(value) ? make(Number(value)) : undefined;

/** Every misbehaviour there is: the README's table and the setting are made of it. */
export const sshMisbehaviours: readonly Row<SshMisbehaviour>[] = [
  {
    name: 'slow-prompt',
    value: 'milliseconds',
    doc: 'Says its first word, or its prompt, after so long.',
    parse: (value) => milliseconds(value, (slowPromptMs) => ({ slowPromptMs })),
  },
  {
    name: 'silent',
    doc: 'Opens a shell and never says a word in it.',
    parse: (value) => plain(value, { silent: true }),
  },
  {
    name: 'in-use',
    doc: 'Says that somebody else has the console, and hangs up.',
    parse: (value) => plain(value, { inUse: true }),
  },
  {
    name: 'no-shell',
    doc: 'Lets people in and refuses them a shell.',
    parse: (value) => plain(value, { noShell: true }),
  },
  {
    name: 'no-login',
    doc: 'Accepts no password.',
    parse: (value) => plain(value, { noLogin: true }),
  },
  {
    name: 'keyboard-interactive',
    doc: 'Asks for the password by keyboard-interactive alone.',
    parse: (value) => plain(value, { keyboardInteractive: true }),
  },
  {
    name: 'other-host-key',
    doc: 'Has another host key than the one that is its own.',
    parse: (value) => plain(value, { otherHostKey: true }),
  },
  {
    name: 'old-algorithms',
    doc: 'Speaks diffie-hellman-group14-sha1, AES in CBC mode and HMAC-SHA1 only.',
    parse: (value) => plain(value, { oldAlgorithms: true }),
  },
  {
    name: 'die-after',
    value: 'milliseconds',
    doc: 'Drops the connection so long after the console was opened.',
    parse: (value) => milliseconds(value, (dieAfterMs) => ({ dieAfterMs })),
  },
  {
    name: 'stuck-hot-key',
    doc: 'Does not leave the console by its hot key.',
    parse: (value) => plain(value, { stuckHotKey: true }),
  },
];

/**
 * Reads `name` or `name=value` words, as a setting holds them.
 * @throws TypeError naming what is wrong and what there is
 */
export function parseSshMisbehaviour(words: readonly string[]): SshMisbehaviour {
  return parseWords(sshMisbehaviours, words);
}

/** The README's table. */
export function sshMisbehaviourTable(): string {
  return tableOf(sshMisbehaviours);
}
