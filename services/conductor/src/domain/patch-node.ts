import type { Violation } from '@consolemesh/errors';
import { interfaceNames, type TextMap } from './node.ts';
import { type NodeFields, secretMask } from './node-fields.ts';

/** Fields that a mask may name, and what they are called here. */
const plainFields = {
  name: 'name',
  owner: 'owner',
  lessee: 'lessee',
  instance_uuid: 'instanceUuid',
  maintenance: 'maintenance',
  maintenance_reason: 'maintenanceReason',
  route: 'route',
} as const;

/** Maps, of which a mask may name the whole or one key. */
const mapFields = {
  driver_info: 'driverInfo',
  driver_secrets: 'driverSecrets',
  labels: 'labels',
  extra: 'extra',
} as const;

/**
 * The fields after the masked ones were taken from `input`. A path is a field, `interfaces.<interface>`, or `<map>.<key>`; everything
 * after the first dot is the key, and a key that is absent in `input` is removed. The mask of a secret, written back, keeps the secret.
 */
export function patchNode(
  stored: NodeFields,
  input: NodeFields,
  paths: readonly string[],
): { fields: NodeFields; violations: readonly Violation[] } {
  if (paths.length === 0) {
    return { fields: stored, violations: [required('update_mask', 'say which fields are to be changed')] };
  }
  let fields: Record<string, unknown> = { ...stored };
  const violations: Violation[] = [];
  for (const path of paths) {
    const change = patchOf(fields as unknown as NodeFields, input, path);
    if (change) fields = { ...fields, ...change };
    else
      violations.push({
        field: `update_mask.${path}`,
        reason: 'FIELD_INVALID',
        message: 'there is no such field',
      });
  }
  const patched = fields as unknown as NodeFields;
  return {
    fields: { ...patched, driverSecrets: keepMasked(stored.driverSecrets, patched.driverSecrets) },
    violations,
  };
}

function patchOf(fields: NodeFields, input: NodeFields, path: string): Partial<NodeFields> | undefined {
  if (Object.hasOwn(plainFields, path)) {
    const name = plainFields[path as keyof typeof plainFields];
    return { [name]: input[name] };
  }
  if (path === 'interfaces') return { interfaces: input.interfaces };
  const dot = path.indexOf('.');
  const head = dot < 0 ? path : path.slice(0, dot);
  const key = path.slice(dot + 1);
  if (head === 'interfaces') {
    const name = interfaceNames.find((item) => item === key);
    return name && { interfaces: { ...fields.interfaces, [name]: input.interfaces[name] } };
  }
  if (!Object.hasOwn(mapFields, head)) return undefined;
  const name = mapFields[head as keyof typeof mapFields];
  return { [name]: dot < 0 ? input[name] : withKey(fields[name], input[name], key) };
}

function withKey(map: TextMap, input: TextMap, key: string): TextMap {
  const { [key]: _, ...rest } = map;
  const value = Object.hasOwn(input, key) ? input[key] : undefined;
  return value === undefined ? rest : { ...rest, [key]: value };
}

function keepMasked(stored: TextMap, written: TextMap): TextMap {
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key,
      value === secretMask && Object.hasOwn(stored, key) ? stored[key]! : value,
    ]),
  );
}

function required(field: string, message: string): Violation {
  return { field, reason: 'FIELD_REQUIRED', message };
}
