import { formatHostPort } from '@consolemesh/driver-sdk';
import { MeshError, type Reason } from '@consolemesh/errors';
import { IpmiError, type IpmiErrorCode, pingBmc } from '@consolemesh/ipmi';
import type { IpmiNode } from './node/options.ts';

/** Name of a node's BMC, for messages. */
export function whereOf({ info }: IpmiNode): string {
  return formatHostPort(info.ipmi_address, info.ipmi_port);
}

/** What a BMC that does not answer is. Everything else is left to ipmitool, which copes with some BMCs that break the rules. */
const reasons: Partial<Record<IpmiErrorCode, Reason>> = {
  REFUSED: 'BMC_REFUSED',
  TIMEOUT: 'BMC_TIMEOUT',
  UNREACHABLE: 'BMC_UNREACHABLE',
  CANCELLED: 'CANCELLED',
};

/**
 * Whether the BMC answers: one question without a login, which takes nobody's place. ipmitool would need 20 seconds to find out that it does not.
 * @throws MeshError BMC_REFUSED, BMC_TIMEOUT, BMC_UNREACHABLE, BMC_NAME_NOT_FOUND, CANCELLED
 */
export async function reachBmc(node: IpmiNode, signal: AbortSignal): Promise<void> {
  const { ipmi_address: host, ipmi_port: port } = node.info;
  try {
    await pingBmc({ host, port, signal });
  } catch (error) {
    if (!(error instanceof IpmiError)) throw error;
    const nameless = error.code === 'UNREACHABLE' && /ENOTFOUND|EAI_AGAIN|resolve|name/i.test(error.message);
    const reason = nameless ? 'BMC_NAME_NOT_FOUND' : reasons[error.code];
    if (reason) throw new MeshError(reason, `${whereOf(node)}: ${error.message}.`, { cause: error });
  }
}
