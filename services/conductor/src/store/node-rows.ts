import { fromFlag, fromJson, type Sealer, toJson } from '@consolemesh/store';
import type { Insertable, Selectable } from 'kysely';
import type { Node, TextMap } from '../domain/node.ts';
import type { NodeRow } from './schema.ts';

/** A node as a row. The secrets are sealed for this node alone. */
export function nodeToRow(node: Node, sealer: Sealer, revision: bigint): Insertable<NodeRow> {
  const secrets = node.driverSecrets.reveal();
  return {
    id: node.id,
    name: node.name,
    ...node.interfaces,
    driver_info_json: toJson(node.driverInfo),
    secret_keys_json: toJson(Object.keys(secrets).sort()),
    secrets: sealer.seal(toJson(secrets), `node/${node.id}`),
    owner: node.owner,
    lessee: node.lessee,
    instance_uuid: node.instanceUuid,
    maintenance: node.maintenance,
    maintenance_reason: node.maintenanceReason,
    labels_json: toJson(node.labels),
    extra_json: toJson(node.extra),
    route: node.route ?? '',
    deleting: node.deleting,
    revision,
    created_at: node.createdAt,
    updated_at: node.updatedAt,
  };
}

/** A row as a node. Its secrets are opened when somebody needs them: a list of a thousand nodes decrypts nothing. */
export function nodeFromRow(row: Selectable<NodeRow>, sealer: Sealer): Node {
  return {
    id: row.id,
    name: row.name,
    interfaces: { graphical: row.graphical, serial: row.serial, power: row.power },
    driverInfo: fromJson<TextMap>(row.driver_info_json),
    secretKeys: fromJson<string[]>(row.secret_keys_json),
    driverSecrets: {
      reveal: () => fromJson<TextMap>(sealer.open(row.secrets, `node/${row.id}`).toString('utf8')),
    },
    owner: row.owner,
    lessee: row.lessee,
    instanceUuid: row.instance_uuid,
    maintenance: fromFlag(row.maintenance),
    maintenanceReason: row.maintenance_reason,
    labels: fromJson<TextMap>(row.labels_json),
    extra: fromJson<TextMap>(row.extra_json),
    route: row.route === 'direct' || row.route === 'relay' ? row.route : undefined,
    deleting: fromFlag(row.deleting),
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
