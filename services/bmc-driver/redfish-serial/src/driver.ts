import type { Driver } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { checkConsole } from './check-console.ts';
import { findConsole } from './find-console.ts';
import { passwordField } from './in-words.ts';
import { openLine } from './open-line.ts';
import {
  inspectOptions,
  options,
  type RedfishInfo,
  type RedfishNode,
  type RedfishSecrets,
  whereOf,
} from './options.ts';
import { sshLoginOf, sshPasswordField } from './ssh/target-of.ts';
import { startConsole } from './start-console.ts';
import type { Timings } from './timings.ts';
import { within } from './within.ts';

/** The serial console of a machine whose BMC offers it over a WebSocket or SSH and says so by Redfish. */
export function createRedfishSerialDriver(timings: Timings): Driver<RedfishInfo, RedfishSecrets> {
  return {
    options,
    consoles: [{ kind: 'serial', endpointKinds: ['relay'], affinity: 'instance' }],
    fields: {
      BMC_NAME_NOT_FOUND: 'driver_info.redfish_address',
      BMC_UNREACHABLE: 'driver_info.redfish_address',
      BMC_TIMEOUT: 'driver_info.redfish_address',
      BMC_REFUSED: 'driver_info.redfish_address',
      BMC_PROTOCOL_ERROR: 'driver_info.redfish_address',
      BMC_TLS_FAILED: 'driver_info.redfish_tls_minimum',
      BMC_CERTIFICATE_REFUSED: 'driver_info.redfish_verify',
      BMC_SECURITY_UNSUPPORTED: 'driver_info.redfish_ssh_algorithms',
      BMC_CONSOLE_DISABLED: 'driver_info.redfish_serial_transport',
      BMC_PERMISSION_DENIED: 'driver_info.redfish_username',
      BMC_AUTHENTICATION_FAILED: passwordField,
    },
    inspect: (node) => inspectOptions(node),
    bmcOf: whereOf,
    credentialsOf,

    validate: (node, _kinds, signal) => validate(node, timings, signal),
    start: (call, signal) => startConsole(call, timings, signal),
    // Nothing is changed at the machine; an open line has been closed before.
    nothingToStop: () => true,
    check: (call, signal) => checkConsole(call, timings, signal),
    openLine: (call, signal) => openLine(call, timings, signal),
  };
}

/** A BMC's web server and its SSH server may know different users. */
function credentialsOf(node: RedfishNode): Readonly<Record<string, unknown>> {
  const { info, secrets } = node;
  const ssh = sshLoginOf(node);
  return {
    [passwordField]: [info.redfish_username, secrets.redfish_password],
    ...(ssh.passwordField === sshPasswordField && { [sshPasswordField]: [ssh.username, ssh.password] }),
  };
}

/** Reaches the BMC, finds the console, and sees whether it opens for this user. */
async function validate(node: RedfishNode, timings: Timings, signal: AbortSignal) {
  const about = { where: whereOf(node), what: 'looking for the console' };
  try {
    await within(timings.validateMs, about, signal, (signal) =>
      findConsole(node, undefined, timings, signal),
    );
    return [];
  } catch (error) {
    // Which of several systems it is, only the BMC could tell.
    if (error instanceof MeshError && error.violations.length > 0) return error.violations;
    throw error;
  }
}
