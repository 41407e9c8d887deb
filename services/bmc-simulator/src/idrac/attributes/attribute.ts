/** One attribute of an iDRAC card as its firmware describes it (DCIM_iDRACCardEnumeration, …Integer, …String; DCIM1043). */
export interface IdracAttribute {
  /** `VNCServer.1` */
  readonly group: string;
  /** `RAC VNC Server` */
  readonly groupDisplayName: string;
  /** `Enable` */
  readonly name: string;
  readonly displayName: string;
  /** `DisplayOrder`, its place among all attributes. */
  readonly order: number;
  readonly kind: AttributeKind;
  /** undefined = nil */
  readonly defaultValue: string | undefined;
  /** What it is when the iDRAC comes out of its box; undefined = nil. */
  readonly value: string | undefined;
  readonly readOnly: boolean;
  /** Reads back as asterisks through WS-MAN and as null through Redfish. */
  readonly secret: boolean;
}

export type AttributeKind =
  | { readonly type: 'enumeration'; readonly values: readonly string[] }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'string'; readonly minLength: number; readonly maxLength: number };

/** The name that SetAttributes takes and that the store goes by: `VNCServer.1#Enable`. */
export function nameOf({ group, name }: Pick<IdracAttribute, 'group' | 'name'>): string {
  return `${group}#${name}`;
}

/** The name of the same attribute in Redfish: `VNCServer.1.Enable`. */
export function dottedName(name: string): string {
  return name.replace('#', '.');
}
