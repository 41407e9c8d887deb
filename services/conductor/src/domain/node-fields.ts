import type { Node, TextMap } from './node.ts';
import { revealIfReadable } from './sealed.ts';

/** The fields of a node that users write. Holds secrets in clear; never logged, never answered. */
export interface NodeFields {
  readonly name: string;
  readonly interfaces: Node['interfaces'];
  readonly driverInfo: TextMap;
  readonly driverSecrets: TextMap;
  readonly owner: string;
  readonly lessee: string;
  readonly instanceUuid: string;
  readonly maintenance: boolean;
  readonly maintenanceReason: string;
  readonly labels: TextMap;
  readonly extra: TextMap;
  readonly route: Node['route'];
}

/** What stands in answers where a secret is. Written back, it means "unchanged". */
export const secretMask = '******';

/**
 * The writable fields of a stored node. `paths`: what is about to be changed; secrets that cannot be read are needed by every change but one
 * that replaces all of them. @throws MeshError SECRETS_UNREADABLE
 */
export function fieldsOf(node: Node, paths: readonly string[] = []): NodeFields {
  const { name, interfaces, driverInfo, owner, lessee, instanceUuid, maintenance, maintenanceReason } = node;
  const { labels, extra, route } = node;
  return {
    name,
    interfaces,
    driverInfo,
    driverSecrets: paths.includes('driver_secrets')
      ? (revealIfReadable(node.driverSecrets) ?? {})
      : node.driverSecrets.reveal(),
    owner,
    lessee,
    instanceUuid,
    maintenance,
    maintenanceReason,
    labels,
    extra,
    route,
  };
}
