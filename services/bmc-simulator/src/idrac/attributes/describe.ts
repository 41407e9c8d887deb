import type { AttributeKind, IdracAttribute } from './attribute.ts';

/** A row of a group, still without it. */
export type Row = Omit<IdracAttribute, 'group' | 'groupDisplayName'>;

export interface Particulars {
  /** The current value where it is not the default. */
  readonly now?: string | undefined;
  readonly readOnly?: boolean;
  readonly secret?: boolean;
}

export const onOff = ['Disabled', 'Enabled'] as const;
export const ipmiPrivileges = ['User', 'Operator', 'Administrator'] as const;

/** The attributes of one group; the title of an attribute that has no other is its name. */
export function group(id: string, displayName: string, rows: readonly Row[]): IdracAttribute[] {
  return rows.map((row) => ({ ...row, group: id, groupDisplayName: displayName }));
}

export function enumeration<const V extends readonly string[]>(
  order: number,
  [name, displayName = name]: readonly [string, string?],
  values: V,
  defaultValue: V[number],
  particulars: Particulars = {},
): Row {
  return row(order, name, displayName, { type: 'enumeration', values }, defaultValue, particulars);
}

export function integer(
  order: number,
  [name, displayName = name]: readonly [string, string?],
  [min, max]: readonly [number, number],
  defaultValue: number,
  particulars: Particulars = {},
): Row {
  return row(order, name, displayName, { type: 'integer', min, max }, String(defaultValue), particulars);
}

export function string(
  order: number,
  [name, displayName = name]: readonly [string, string?],
  maxLength: number,
  defaultValue: string | undefined,
  particulars: Particulars = {},
): Row {
  const kind = { type: 'string', minLength: 0, maxLength } as const;
  return row(order, name, displayName, kind, defaultValue, particulars);
}

function row(
  order: number,
  name: string,
  displayName: string,
  kind: AttributeKind,
  defaultValue: string | undefined,
  { now = defaultValue, readOnly = false, secret = false }: Particulars,
): Row {
  return { order, name, displayName, kind, defaultValue, value: now, readOnly, secret };
}
