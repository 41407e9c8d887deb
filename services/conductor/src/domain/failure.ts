import { errorRow, isReason, MeshError, type Reason } from '@consolemesh/errors';

/** Why something does not work, as it is stored and shown. */
export interface Failure {
  readonly reason: Reason;
  /** One sentence for a person, without a secret. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Longest message that is kept. */
const longestMessage = 1_000;

/** Any error as a failure; what is no MeshError becomes INTERNAL without its text, which the log has. */
export function failureOf(error: unknown, at: number): Failure {
  if (!(error instanceof MeshError)) return { reason: 'INTERNAL', message: errorRow('INTERNAL').meaning, at };
  return { reason: error.reason, message: error.message.slice(0, longestMessage), at };
}

/** A failure in a plugin's words; a reason that the table does not know becomes PLUGIN_ANSWER_INVALID. */
export function failureFromPlugin(reason: string, message: string, at: number): Failure {
  if (isReason(reason)) return { reason, message: message.slice(0, longestMessage), at };
  return {
    reason: 'PLUGIN_ANSWER_INVALID',
    message: `A reason that is not in the error table, with: ${message}`.slice(0, longestMessage),
    at,
  };
}
