import assert from 'node:assert/strict';
import { errorRow, isReason, MeshError, type Reason } from '@consolemesh/errors';

/** The MeshError of a call that has to fail with one of these reasons. */
export async function expectFailure(call: Promise<unknown>, ...reasons: Reason[]): Promise<MeshError> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    assert(error instanceof MeshError, `expected ${reasons.join(' or ')}, got ${String(error)}`);
    assert(
      reasons.includes(error.reason),
      `expected ${reasons.join(' or ')}, got ${error.reason}: ${error.message}`,
    );
    assert(error.message.length > 0, 'an error says what happened');
    return error;
  }
  assert.fail(`expected ${reasons.join(' or ')}, but the call succeeded: ${shorten(answer)}`);
}

/** Fails unless these fields are among the violations of an error. */
export function expectFields(error: MeshError, ...fields: string[]): void {
  const named = error.violations.map((violation) => violation.field);
  for (const field of fields)
    assert(named.includes(field), `expected a violation of ${field}; got ${named.join(', ') || 'none'}`);
}

/** Fails unless a failure in a status has a reason of the table and a sentence. */
export function expectTableReason(failure: { reason: string; message: string } | undefined): void {
  assert(failure, 'expected a failure');
  assert(isReason(failure.reason), `${failure.reason} is no reason of the error table`);
  assert(failure.message.length > 0, `a failure says what happened (${errorRow(failure.reason).meaning})`);
}

function shorten(value: unknown): string {
  const text =
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)) ?? '';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
