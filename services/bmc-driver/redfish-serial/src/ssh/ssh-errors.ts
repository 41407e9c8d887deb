import { bmcError } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { printable } from '../printable.ts';
import type { SshTarget } from './ssh-target.ts';

const algorithms = 'driver_info.redfish_ssh_algorithms';

/**
 * Why an SSH connection did not come about or broke, in words.
 * @param asked what the server asked for besides a password, if it did
 * @param offered the ways to log in that it offered, when no password was shown
 */
export function sshError(
  error: Error & { level?: string },
  to: SshTarget,
  { asked, offered }: { asked: string | undefined; offered: readonly string[] | undefined },
): unknown {
  const { where, username, passwordField } = to;
  const said = printable(error.message);
  const make = (reason: ConstructorParameters<typeof MeshError>[0], text: string, field?: string) =>
    new MeshError(reason, `${where}: ${text}.`, { cause: error, ...(field && { metadata: { field } }) });
  if (error.level === 'client-authentication' && offered) {
    const list = offered.length > 0 ? offered.map(printable).join(', ') : 'nothing';
    return make('BMC_SECURITY_UNSUPPORTED', `the SSH server takes no password, it offers ${list}`);
  }
  if (error.level === 'client-authentication') {
    const user = JSON.stringify(printable(username));
    return asked === undefined
      ? make(
          'BMC_AUTHENTICATION_FAILED',
          `the SSH server refuses the user ${user} with this password`,
          passwordField,
        )
      : make(
          'BMC_AUTHENTICATION_FAILED',
          `the SSH server wants more of ${user} than a password: ${asked}`,
          passwordField,
        );
  }
  if (error.level === 'client-timeout') return make('BMC_TIMEOUT', 'the SSH server does not answer any more');
  if (/no matching/i.test(said)) {
    const text = `the SSH server knows none of the algorithms that are allowed (${said}); old ones are allowed by redfish_ssh_algorithms = old, for that node alone`;
    return make('BMC_SECURITY_UNSUPPORTED', text, algorithms);
  }
  if (error.level === 'client-socket' || 'code' in error) {
    const known = bmcError(error, where);
    if (known instanceof MeshError) return known;
  }
  if (/before handshake|connection lost/i.test(said)) {
    return make(
      'BMC_ERROR',
      'the SSH server closed the connection before the login; maybe it has no place left',
    );
  }
  return make('BMC_PROTOCOL_ERROR', `SSH failed (${said}); is that an SSH server?`);
}
