import { errorRow, MeshError, type Recovery } from '@consolemesh/errors';
import { exitCodeOf, UsageError } from './exit-codes.ts';
import type { Colors } from './io.ts';
import { printable } from './output/text.ts';

/** What a person does about an error, by its recovery in the error table. Empty where the message says it already. */
const advice: Record<Recovery, string> = {
  'fix-request': '',
  'fix-credentials':
    'Set the right credentials with `consolemesh node set NODE --secret KEY=@FILE`; nothing is retried before.',
  'fix-machine': '`consolemesh doctor NODE` checks the machine step by step.',
  retry: 'Try again in a moment.',
  'retry-elsewhere': 'Try again: another instance takes over.',
  refresh: 'Look at how it is now and decide again.',
  reopen: 'Ask for a new URL with `consolemesh console url NODE`.',
  none: '',
};

/** An error as a person reads it: one line that says what happened, a line for every mistake, and what to do. */
export function formatError(error: unknown, colours: Colors): string {
  const lines: string[] = [];
  const { headline, hint } = describe(error);
  lines.push(`${colours.red('consolemesh:')} ${printable(headline)}`);
  if (error instanceof MeshError) {
    for (const { field, message } of error.violations) {
      lines.push(`  ${colours.bold(printable(field))}: ${printable(message)}`);
    }
  }
  if (hint) lines.push(colours.dim(hint));
  return lines.map((line) => `${line}\n`).join('');
}

/** An error as programs read it, on one line of standard error when the output is JSON. */
export function errorView(error: unknown) {
  const { headline, hint } = describe(error);
  const mesh = error instanceof MeshError ? error : undefined;
  return {
    error: {
      reason: mesh?.reason ?? (error instanceof UsageError ? 'USAGE' : 'FAILED'),
      message: mesh?.violations.length ? mesh.message : headline,
      violations: mesh?.violations ?? [],
      recovery: mesh && errorRow(mesh.reason).recovery,
      hint: hint || undefined,
      exitCode: exitCodeOf(error),
    },
  };
}

function describe(error: unknown): { headline: string; hint: string } {
  if (error instanceof UsageError) return { headline: error.message, hint: 'See consolemesh --help.' };
  if (!(error instanceof MeshError)) {
    return { headline: error instanceof Error ? error.message : String(error), hint: '' };
  }
  const hint = error.metadata.hint ?? advice[errorRow(error.reason).recovery];
  if (error.violations.length > 1) return { headline: `${error.violations.length} mistakes:`, hint };
  if (error.violations.length === 1) return { headline: 'one mistake:', hint };
  return { headline: `${error.message} (${error.reason})`, hint };
}
