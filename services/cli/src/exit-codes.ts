import { errorRow, type GrpcCodeName, MeshError } from '@consolemesh/errors';

/** What an exit code means; the README shows this table. */
export const exitCodes = {
  0: 'Done.',
  1: 'Failed for a reason that has no code of its own; the message says which. `doctor` also ends so when a check fails, and `audit verify` when the log is broken.',
  2: 'The command line is wrong, or names a file, folder or port that cannot be used.',
  3: 'There is no such node, console, session, token, driver or provider.',
  4: 'It exists already (a file of `certs`, too), was changed by somebody else, or its state does not allow this (disabled, in use, wrong credentials).',
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

/** An end that a command decides by itself; errors of services are MeshErrors. The message says what happened and what to do. */
export class CommandError extends Error {
  override name = 'CommandError';
  /** Such as `USAGE`; what programs read with `-o json`. */
  readonly reason: string;
  readonly exitCode: ExitCode;
  /** What to do, where the message does not say it. */
  readonly hint: string;

  constructor(
    message: string,
    {
      reason,
      exitCode,
      hint = '',
      cause,
    }: { reason: string; exitCode: ExitCode; hint?: string; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** A command line that makes no sense, or names something that cannot be used. The message says what would. */
export class UsageError extends CommandError {
  override name = 'UsageError';

  constructor(message: string, { hint = '', cause }: { hint?: string; cause?: unknown } = {}) {
    super(message, { reason: 'USAGE', exitCode: 2, hint, cause });
  }
}

/** Something that is not there, with the name that was probably meant. */
export function notFound(message: string, hint = ''): CommandError {
  return new CommandError(message, { reason: 'NOT_FOUND', exitCode: 3, hint });
}

/** Something that is there already and is left as it is. */
export function alreadyExists(message: string, hint = ''): CommandError {
  return new CommandError(message, { reason: 'ALREADY_EXISTS', exitCode: 4, hint });
}

/** The exit code of an error: by the row that its reason has in the error table. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof MeshError) return byStatus[errorRow(error.reason).grpc] ?? 1;
  return 1;
}
