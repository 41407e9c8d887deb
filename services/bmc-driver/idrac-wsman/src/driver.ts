import type { Driver } from '@consolemesh/driver-sdk';
import { checkConsole } from './check-console.ts';
import { credentialsOf } from './credentials-of.ts';
import { createEvidence } from './evidence.ts';
import { type DracInfo, type DracSecrets, inspectOptions, options, whereOf } from './options.ts';
import { prepareConsole } from './prepare-console.ts';
import { defaultTimings, type Timings } from './settings-port.ts';
import { startConsole } from './start-console.ts';
import { stopConsole } from './stop-console.ts';
import { validateNode } from './validate-node.ts';

/** The VNC server of an iDRAC as a graphical console. Keeps no state: any instance answers for any console. */
export function createDracDriver(timings: Timings = defaultTimings): Driver<DracInfo, DracSecrets> {
  const parts = { timings, evidence: createEvidence() };
  return {
    options,
    consoles: [{ kind: 'graphical', endpointKinds: ['tcp'], affinity: 'none' }],
    fields: {
      BMC_NAME_NOT_FOUND: 'driver_info.drac_address',
      BMC_UNREACHABLE: 'driver_info.drac_address',
      BMC_TIMEOUT: 'driver_info.drac_address',
      BMC_REFUSED: 'driver_info.drac_port',
      BMC_PROTOCOL_ERROR: 'driver_info.drac_port',
      BMC_TLS_FAILED: 'driver_info.drac_tls_minimum',
      BMC_CERTIFICATE_REFUSED: 'driver_info.drac_verify',
      BMC_AUTHENTICATION_FAILED: 'driver_secrets.drac_password',
      BMC_LOCKED_OUT: 'driver_secrets.drac_password',
      BMC_PERMISSION_DENIED: 'driver_info.drac_username',
      BMC_IN_USE: 'driver_info.drac_vnc_take_over',
    },
    inspect: (node) => inspectOptions(node),
    bmcOf: whereOf,
    credentialsOf,

    validate: (node, _kinds, signal) => validateNode(node, timings, signal),
    prepare: (console, signal) => prepareConsole(console, timings, signal),
    start: (console, signal) => startConsole(console, parts, signal),
    startRepeats: true,
    // Nothing was announced, so nothing was changed.
    nothingToStop: ({ restoreState }) => restoreState.length === 0,
    stop: (console, signal) => stopConsole(console, parts, signal),
    check: (console, signal) => checkConsole(console, parts, signal),
  };
}
