import { STATUS, statusName } from '../codec/status.ts';
import { IpmiError, type IpmiErrorCode } from '../errors.ts';
import type { Symptom } from '../quirks.ts';

/** A login that failed in a way for which there may be a cure. */
export class LoginFailure extends Error {
  override readonly name = 'LoginFailure';
  readonly error: IpmiError;
  readonly symptom: Symptom | undefined;

  constructor(error: IpmiError, symptom?: Symptom) {
    super(error.message, { cause: error });
    this.error = error;
    this.symptom = symptom;
  }
}

type Message = 'Open Session' | 'RAKP 2' | 'RAKP 4';

interface Meaning {
  code: IpmiErrorCode;
  text: string;
  symptom?: Symptom;
}

const noSuite: Meaning = { code: 'NO_SUITE', text: 'the BMC does not accept this cipher suite' };
const noSession: Meaning = { code: 'NO_SESSION_LEFT', text: 'all sessions of the BMC are taken' };
const noPrivilege: Meaning = { code: 'PRIVILEGE_REFUSED', text: 'this privilege is not granted' };

/** What each status code means for a login (IPMI 2.0 table 13-15). */
const MEANINGS: Record<number, Meaning> = {
  [STATUS.noResources]: noSession,
  [STATUS.invalidAuthentication]: noSuite,
  [STATUS.invalidIntegrity]: noSuite,
  [STATUS.noMatchingAuthentication]: noSuite,
  [STATUS.noMatchingIntegrity]: noSuite,
  [STATUS.invalidConfidentiality]: noSuite,
  [STATUS.noMatchingSuite]: noSuite,
  [STATUS.invalidRole]: { ...noPrivilege, symptom: 'openPrivilegeRefused' },
  [STATUS.unauthorizedRole]: { ...noPrivilege, symptom: 'openPrivilegeRefused' },
  [STATUS.noResourcesAtRole]: noSession,
  [STATUS.invalidNameLength]: {
    code: 'UNKNOWN_USER',
    text: 'the BMC does not like the length of the user name',
    symptom: 'nameLengthRefused',
  },
  [STATUS.unauthorizedName]: { code: 'UNKNOWN_USER', text: 'the BMC knows no such user at this privilege' },
};

/** @returns undefined for "inactive session" and its like: the BMC forgot us in the middle, so the sequence may be repeated */
export function loginFailure(message: Message, status: number): LoginFailure | undefined {
  if (status === STATUS.inactiveSessionId || status === STATUS.invalidSessionId) return undefined;
  const details = { status };
  if (message === 'RAKP 4' && status === STATUS.invalidIntegrityCheck) {
    // The password is right, RAKP 2 has shown that; so a BMC that says this hashes something else.
    const text = 'the BMC refused our proof of a password that it knows: it computes it in another way';
    return new LoginFailure(new IpmiError('PROTOCOL', text, details), 'rakp3Refused');
  }
  const meaning = MEANINGS[status];
  const error = meaning
    ? new IpmiError(meaning.code, `${meaning.text} (${message}: ${statusName(status)})`, details)
    : new IpmiError('PROTOCOL', `${message} ended with ${statusName(status)}`, details);
  return new LoginFailure(error, message === 'RAKP 4' ? undefined : meaning?.symptom);
}
