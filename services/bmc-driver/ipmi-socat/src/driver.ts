import { ConsoleLost, type Driver } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { decodeSocatState, encodeSocatState } from './driver-state.ts';
import { probePrograms } from './find-programs.ts';
import { openSolLine } from './line/open-line.ts';
import { type IpmiInfo, type IpmiSecrets, inspectOptions, options } from './node/options.ts';
import type { Pairs } from './pair/pairs.ts';
import type { PairState } from './pair/supervise.ts';
import { reachBmc, whereOf } from './reach-bmc.ts';

/** What the driver is made of. */
export interface SocatDriverParts {
  readonly pairs: Pairs;
  /** Where this host reaches its socats. */
  readonly localHost: string;
  /** Where Nova reaches them. */
  readonly advertisedHost: string;
  /** PATH of the programs. */
  readonly path: string;
}

/** Serial consoles through a socat and an ipmitool each, as Ironic's `ipmitool-socat` makes them, shared by the viewers of the mesh. */
export function createSocatDriver({
  pairs,
  localHost,
  advertisedHost,
  path,
}: SocatDriverParts): Driver<IpmiInfo, IpmiSecrets> {
  return {
    options,
    consoles: [{ kind: 'serial', endpointKinds: ['relay'], affinity: 'instance', takesBreak: true }],
    fields: {
      BMC_NAME_NOT_FOUND: 'driver_info.ipmi_address',
      BMC_UNREACHABLE: 'driver_info.ipmi_address',
      BMC_TIMEOUT: 'driver_info.ipmi_address',
      BMC_REFUSED: 'driver_info.ipmi_port',
      BMC_PROTOCOL_ERROR: 'driver_info.ipmi_port',
      BMC_SECURITY_UNSUPPORTED: 'driver_info.ipmi_cipher_suite',
      BMC_AUTHENTICATION_FAILED: 'driver_secrets.ipmi_password',
      RESOURCE_EXHAUSTED: 'driver_info.ipmi_terminal_port',
    },
    inspect: inspectOptions,
    bmcOf: whereOf,
    credentialsOf: ({ info, secrets }) => ({
      'driver_secrets.ipmi_password': [
        info.ipmi_username,
        secrets.ipmi_password,
        secrets.ipmi_hex_kg_key,
        info.ipmi_priv_level,
        info.ipmi_cipher_suite,
      ],
    }),
    probe: () => probePrograms(path),

    async validate(node, _kinds, signal) {
      await reachBmc(node, signal);
      await pairs.login(node, whereOf(node), signal);
      return [];
    },

    async start({ consoleId, node, state, changed }, signal) {
      await reachBmc(node, signal);
      const where = whereOf(node);
      const before = decodeSocatState(state);
      const wish = {
        consoleId,
        node,
        where,
        portBefore: before?.port,
        mayBeHeld: before !== undefined && before.run !== pairs.runId,
        changed,
      };
      const { pair, adopted } = await pairs.start(wish, signal);
      const record = runningRecord(pair.state);
      return {
        kind: 'relay',
        hold: node.info.ipmi_sol_hold,
        why: adopted
          ? `The socat at port ${record.port} still runs and was taken over.`
          : `${where} accepts the credentials, and a socat listens at port ${record.port}.`,
        nova: { host: advertisedHost, port: record.port },
        state: encodeSocatState(record, pairs.runId),
      };
    },

    stopIsLocal: true,
    stop: ({ consoleId }) => pairs.end(consoleId),

    async check({ consoleId, node }, signal) {
      const pair = pairs.find(consoleId);
      await pair?.look();
      runningRecord(pair?.state);
      await reachBmc(node, signal);
    },

    async openLine({ consoleId, node }, signal) {
      const record = runningRecord(pairs.find(consoleId)?.state);
      await reachBmc(node, signal);
      const target = { host: localHost, record, folder: pairs.folderOf(consoleId), where: whereOf(node) };
      return openSolLine(target, signal);
    },

    async [Symbol.asyncDispose]() {
      await pairs[Symbol.asyncDispose]();
    },
  };
}

/** The socat that listens. @throws ConsoleLost when there will be none, MeshError while it is started again */
function runningRecord(state: PairState | undefined) {
  if (state?.kind === 'running') return state.record;
  if (state?.kind === 'restarting')
    throw new MeshError('UPSTREAM_LOST', state.why, { metadata: { retry_after_ms: '2000' } });
  throw new ConsoleLost(
    'UPSTREAM_LOST',
    state?.kind === 'lost' ? state.why : 'The socat of this console is not there any more.',
  );
}
