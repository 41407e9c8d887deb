import { type Node as WireNode, Route as WireRoute } from '@consolemesh/contracts/conductor';
import { toTimestamp } from '@consolemesh/mesh';
import type { Node } from '../domain/node.ts';
import { type NodeFields, secretMask } from '../domain/node-fields.ts';
import { etagOf } from './etags.ts';

/** A node as answers show it: secrets masked. */
export function nodeToWire(node: Node): WireNode {
  return {
    id: node.id,
    name: node.name,
    interfaces: { ...node.interfaces },
    driverInfo: { ...node.driverInfo },
    driverSecrets: Object.fromEntries(node.secretKeys.map((key) => [key, secretMask])),
    owner: node.owner,
    lessee: node.lessee,
    instanceUuid: node.instanceUuid,
    maintenance: node.maintenance,
    maintenanceReason: node.maintenanceReason,
    labels: { ...node.labels },
    extra: { ...node.extra },
    route: routeToWire(node.route),
    etag: etagOf(node.revision),
    createdAt: toTimestamp(node.createdAt),
    updatedAt: toTimestamp(node.updatedAt),
  };
}

/** The fields that a request brings. */
export function fieldsFromWire(node: WireNode): NodeFields {
  return {
    name: node.name,
    interfaces: {
      graphical: node.interfaces?.graphical || 'auto',
      serial: node.interfaces?.serial || 'auto',
      power: node.interfaces?.power || 'auto',
    },
    driverInfo: node.driverInfo,
    driverSecrets: node.driverSecrets,
    owner: node.owner,
    lessee: node.lessee,
    instanceUuid: node.instanceUuid,
    maintenance: node.maintenance,
    maintenanceReason: node.maintenanceReason,
    labels: node.labels,
    extra: node.extra,
    route: routeFromWire(node.route),
  };
}

function routeToWire(route: Node['route']): WireRoute {
  if (route === undefined) return WireRoute.UNSPECIFIED;
  return route === 'direct' ? WireRoute.DIRECT : WireRoute.RELAY;
}

function routeFromWire(route: WireRoute): Node['route'] {
  if (route === WireRoute.DIRECT) return 'direct';
  return route === WireRoute.RELAY ? 'relay' : undefined;
}
