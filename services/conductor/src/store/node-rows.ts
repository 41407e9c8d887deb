import { fromFlag, fromJson, type Sealer, toJson } from '@consolemesh/store';
import type { Insertable, Selectable } from 'kysely';
import type { Node, TextMap } from '../domain/node.ts';
import type { Sealed } from '../domain/sealed.ts';
import { nodeSeal, openSealed, resealed } from './open-sealed.ts';
import type { NodeRow } from './schema.ts';

/** Sealed bytes that a node was read with: what did not change is written back as it was, also when its key is missing. */
const sealedBytes = new WeakMap<Sealed<TextMap>, Buffer>();

/** A node as a row. The secrets are sealed for this node alone. */
export function nodeToRow(node: Node, sealer: Sealer, revision: bigint): Insertable<NodeRow> {
  return {
    id: node.id,
    name: node.name,
    ...node.interfaces,
    driver_info_json: toJson(node.driverInfo),
    secret_keys_json: toJson([...node.secretKeys].sort()),
    secrets: sealSecrets(node, sealer),
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

function sealSecrets({ id, driverSecrets }: Node, sealer: Sealer): Buffer {
  const known = sealedBytes.get(driverSecrets);
  const context = nodeSeal(id);
  return known ? resealed(sealer, known, context) : sealer.seal(toJson(driverSecrets.reveal()), context);
}

/** A row as a node. Its secrets are opened when somebody needs them: a list of a thousand nodes decrypts nothing. */
export function nodeFromRow(row: Selectable<NodeRow>, sealer: Sealer): Node {
  const driverSecrets: Sealed<TextMap> = {
    reveal: () => fromJson<TextMap>(openSealed(sealer, row.secrets, nodeSeal(row.id), row.name)),
  };
  sealedBytes.set(driverSecrets, row.secrets);
  return {
    id: row.id,
    name: row.name,
    interfaces: { graphical: row.graphical, serial: row.serial, power: row.power },
    driverInfo: fromJson<TextMap>(row.driver_info_json),
    secretKeys: fromJson<string[]>(row.secret_keys_json),
    driverSecrets,
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
