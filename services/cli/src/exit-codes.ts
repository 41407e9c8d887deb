import { errorRow, type GrpcCodeName, MeshError } from '@consolemesh/errors';

/** What an exit code means; the README shows this table. */
export const exitCodes = {
  0: 'Done.',
  1: 'Failed for a reason that has no code of its own; the message says which. `doctor` also ends so when a check fails.',
  2: 'The command line is wrong.',
  3: 'There is no such node, console, session or token.',
  4: 'It exists already, was changed by somebody else, or its state does not allow this (disabled, in use, wrong credentials).',
  5: 'A service or a machine does not answer, not in time, or is busy: the same command may work later.',
  6: 'Not allowed: the caller is not known or may not do this.',
  7: 'A value is not accepted; every mistake is on a line of its own.',
  8: 'This service or driver cannot do that.',
  130: 'Ended by Ctrl-C before it was done.',
} as const;

export type ExitCode = keyof typeof exitCodes;

const byStatus: Partial<Record<GrpcCodeName, ExitCode>> = {
  NOT_FOUND: 3,
  ALREADY_EXISTS: 4,
  FAILED_PRECONDITION: 4,
  ABORTED: 4,
  RESOURCE_EXHAUSTED: 5,
  UNAVAILABLE: 5,
  DEADLINE_EXCEEDED: 5,
  PERMISSION_DENIED: 6,
  UNAUTHENTICATED: 6,
  INVALID_ARGUMENT: 7,
  OUT_OF_RANGE: 7,
  UNIMPLEMENTED: 8,
};

/** A command line that makes no sense. The message says what would. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The exit code of an error: by the row that its reason has in the error table. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return 2;
  if (error instanceof MeshError) return byStatus[errorRow(error.reason).grpc] ?? 1;
  return 1;
}
