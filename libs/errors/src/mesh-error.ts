import { errorRow, type Reason } from './table.ts';

/** One mistake in one field; the domain's form of consolemesh.types.v1.FieldViolation. */
export interface Violation {
  /** Path of the field, such as `driver_info.vnc_port`. */
  readonly field: string;
  readonly reason: Reason;
  /** What is wrong and what is expected instead. */
  readonly message: string;
}

/** What can be said beside the reason. */
export interface MeshErrorDetails {
  /** Every mistake in the request, not only the first. */
  readonly violations?: readonly Violation[];
  /** Facts for machines, such as `{ node: 'n1' }`. Never a secret. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What was thrown below; for the log only, never sent. */
  readonly cause?: unknown;
}

/**
 * The error that every service throws: a reason of the table and a sentence that says what happened and what to do.
 * The message reaches users, so it never holds a secret and never a stack.
 */
export class MeshError extends Error {
  readonly reason: Reason;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;

  constructor(reason: Reason, message?: string, details: MeshErrorDetails = {}) {
    super(
      message ?? errorRow(reason).meaning,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = 'MeshError';
    this.reason = reason;
    this.violations = details.violations ?? [];
    this.metadata = details.metadata ?? {};
  }
}

/** An error for a request with mistakes; the message counts and names them. Throws nothing when there are none. */
export function violationsError(violations: readonly Violation[]): MeshError {
  const first = violations[0];
  const reason = violations.length === 1 && first ? first.reason : 'INVALID_ARGUMENT';
  return new MeshError(reason, violations.map((v) => `${v.field}: ${v.message}`).join('; '), { violations });
}
