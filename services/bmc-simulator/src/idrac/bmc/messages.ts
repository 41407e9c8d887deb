/**
 * What an iDRAC says and under which MessageID: DCIM1043 for RAC001 to RAC010, recorded answers for the others. Two refusals have no
 * recorded answer: a full job queue and lockdown; their texts say it, their IDs are those of a general failure.
 */
const texts = {
  RAC001: 'The command was successful',
  RAC002: 'General failure',
  RAC003: 'Missing required parameter',
  RAC004: 'Invalid parameter value',
  RAC005: 'The number of attribute names and values does not match',
  RAC006: 'The attribute is read-only and cannot be changed',
  RAC007: 'The value is out of range',
  RAC008: 'The value is neither Enabled nor Disabled',
  RAC009: 'The string is too long',
  RAC010: 'The string has a character that is not allowed',
  RAC064: 'iDRAC was successfully reset.',
  LC060: 'Lifecycle Controller Remote Services is not ready.',
  LC061: 'Lifecycle Controller Remote Services is ready.',
  SUP011: 'Invalid Job ID',
  SUP020: 'The specified job was deleted',
  SYS021: 'The command failed to set RequestedState',
} as const;

export type MessageId = keyof typeof texts;

/** Why the iDRAC did not do as told. */
export interface Refusal {
  readonly kind: RefusalKind;
  readonly messageId: MessageId;
  readonly message: string;
  /** What the message is about, e.g. the name of an attribute. */
  readonly arguments: readonly string[];
}

export type RefusalKind =
  | 'unknown-attribute'
  | 'read-only'
  | 'not-in-list'
  | 'wrong-type'
  | 'out-of-range'
  | 'too-long'
  | 'bad-character'
  | 'missing-parameter'
  | 'count-mismatch'
  | 'invalid-parameter'
  | 'not-permitted'
  | 'lockdown'
  | 'not-ready'
  | 'job-queue-full'
  | 'job-exists'
  | 'nothing-pending';

export function textOf(id: MessageId): string {
  return texts[id];
}

export function refuse(
  kind: RefusalKind,
  messageId: MessageId,
  args: readonly string[] = [],
  message: string = texts[messageId],
): Refusal {
  return { kind, messageId, message, arguments: args };
}
