import { errorRow, MeshError, type Reason, type Recovery } from '@consolemesh/errors';
import type { About } from './action.ts';
import { CommandError, exitCodeOf } from './exit-codes.ts';
import type { Colors } from './io.ts';
import { printable } from './output/text.ts';

/** What a piece of advice can name. */
interface Names {
  /** The node of the command, or `NODE`. */
  readonly node: string;
  /** The interface that it is about, `graphical` where nothing says. */
  readonly face: string;
  /** Options that choose the console of the command: ` --kind serial`, or nothing. */
  readonly kind: string;
  /** A secret that a mistake names, or `KEY`. */
  readonly secret: string;
}

/** What a person does about an error, by its recovery in the error table. Empty where the message says it already. */
const byRecovery: Record<Recovery, (names: Names) => string> = {
  'fix-request': () => '',
  'fix-credentials': ({ node, secret }) =>
    `Set the right credentials with \`consolemesh node set ${node} --secret ${secret}=@FILE\`; nothing is retried before.`,
  'fix-machine': ({ node, kind }) => `\`consolemesh doctor ${node}${kind}\` checks the machine step by step.`,
  retry: () => 'Try again in a moment.',
  'retry-elsewhere': () => 'Try again: another instance takes over.',
  refresh: () => 'Look at how it is now and decide again.',
  reopen: ({ node, kind }) => `Ask for a new URL with \`consolemesh console url ${node}${kind}\`.`,
  none: () => '',
};

/** Where the reason says more than its recovery. */
const byReason: Partial<Record<Reason, (names: Names) => string>> = {
  NODE_NOT_FOUND: () => '`consolemesh node list` names them.',
  SESSION_NOT_FOUND: () => '`consolemesh session list --all` names them.',
  TOKEN_NOT_FOUND: () => '`consolemesh token list` names them.',
  NODE_NAME_TAKEN: () => 'Choose another name; `consolemesh node set` changes the node that has this one.',
  NODE_IN_USE: ({ node }) => `\`consolemesh node delete ${node} --force\` disables its consoles first.`,
  ETAG_MISMATCH: ({ node }) => `\`consolemesh node show ${node}\` shows how it is now, with its etag.`,
  CONSOLE_DISABLED: ({ node, kind }) => `\`consolemesh console enable ${node}${kind} --wait\` enables it.`,
  CONSOLE_NOT_READY: ({ node, kind }) => `\`consolemesh console show ${node}${kind}\` says how far it is.`,
  CONSOLE_IN_USE: ({ node }) => `\`consolemesh session list --node ${node}\` shows by whom.`,
  NO_DRIVER: ({ node, face }) =>
    `Choose a driver with \`consolemesh node set ${node} --${face} auto\`, or by a name that \`consolemesh driver list\` shows; ` +
    `\`consolemesh node validate ${node}\` says what is missing then.`,
  DRIVER_NOT_FOUND: ({ node, face }) =>
    `\`consolemesh driver list\` shows those that it knows; choose one with \`consolemesh node set ${node} --${face} auto\`, or by its name.`,
  DRIVER_UNAVAILABLE: () => '`consolemesh driver list` shows which instances are ready.',
  PROVIDER_NOT_FOUND: () => '`consolemesh provider list` shows those that it knows.',
  PROVIDER_UNAVAILABLE: () => '`consolemesh provider list` shows which instances are ready.',
  PERMISSION_DENIED: () =>
    'The identity that you show (--tls-certificate, --user or --bearer-file) decides what you may do; ask whoever runs the mesh.',
  UNAUTHENTICATED: () => 'Show who you are with --tls-certificate and --tls-key, --user, or --bearer-file.',
  CANCELLED: () => '',
  INTERNAL: () => 'The log of the service says what.',
};

/** An error as a person reads it: one line that says what happened, a line for every mistake, and what to do. */
export function formatError(error: unknown, colours: Colors, about: About = {}): string {
  const violations = error instanceof MeshError ? error.violations : [];
  const headline =
    violations.length > 1
      ? `${violations.length} mistakes:`
      : violations.length === 1
        ? 'one mistake:'
        : error instanceof MeshError
          ? `${error.message} (${error.reason})`
          : messageOf(error);
  const hint = hintOf(error, about);
  return [
    `${colours.red('consolemesh:')} ${printable(headline)}`,
    ...violations.map(({ field, message }) => `  ${colours.bold(printable(field))}: ${printable(message)}`),
    ...(hint ? [colours.dim(printable(hint))] : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** An error as programs read it, on one line of standard error when the output is JSON. */
export function errorView(error: unknown, about: About = {}) {
  const mesh = error instanceof MeshError ? error : undefined;
  return {
    error: {
      reason: mesh?.reason ?? (error instanceof CommandError ? error.reason : 'FAILED'),
      message: messageOf(error),
      violations: mesh?.violations ?? [],
      recovery: mesh && errorRow(mesh.reason).recovery,
      hint: hintOf(error, about) || undefined,
      exitCode: exitCodeOf(error),
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintOf(error: unknown, about: About): string {
  if (error instanceof CommandError) return error.hint;
  if (!(error instanceof MeshError)) return '';
  if (error.metadata.hint) return error.metadata.hint;
  const secret = error.violations.find(({ field }) => field.startsWith('driver_secrets.'))?.field;
  const names = {
    node: about.node ?? 'NODE',
    face: about.interface ?? 'graphical',
    kind: about.interface === 'serial' ? ' --kind serial' : '',
    secret: secret?.replace('driver_secrets.', '') ?? 'KEY',
  };
  return (byReason[error.reason] ?? byRecovery[errorRow(error.reason).recovery])(names);
}
