import type { Route } from './kinds.ts';
import type { Sealed } from './sealed.ts';

/** What a node can do through a driver. */
export type InterfaceName = 'graphical' | 'serial' | 'power';
export const interfaceNames: readonly InterfaceName[] = ['graphical', 'serial', 'power'];

/** Text by key. */
export type TextMap = Readonly<Record<string, string>>;

/** One bare-metal server. */
export interface Node {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** A driver's name, `auto` or `none`. */
  readonly interfaces: Readonly<Record<InterfaceName, string>>;
  readonly driverInfo: TextMap;
  /** Keys of `driverSecrets`, for answers that mask them. */
  readonly secretKeys: readonly string[];
  readonly driverSecrets: Sealed<TextMap>;
  readonly owner: string;
  readonly lessee: string;
  readonly instanceUuid: string;
  readonly maintenance: boolean;
  readonly maintenanceReason: string;
  readonly labels: TextMap;
  readonly extra: TextMap;
  /** `undefined`: the conductor's default. */
  readonly route: Exclude<Route, 'auto'> | undefined;
  /** It goes as soon as its consoles have stopped. */
  readonly deleting: boolean;
  /** Revision of its last write; its etag. */
  readonly revision: bigint;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a driver needs to reach a node. */
export interface NodeAccess {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly info: TextMap;
  readonly secrets: TextMap;
  /** What the interfaces name: drivers, `auto`, `none`. Undefined where it is not known, as in what older versions have stored. */
  readonly drivers?: readonly string[] | undefined;
}

/** The node as a driver sees it. Holds secrets. */
export function accessOf(node: Node): NodeAccess {
  return {
    nodeId: node.id,
    nodeName: node.name,
    info: node.driverInfo,
    secrets: node.driverSecrets.reveal(),
    drivers: Object.values(node.interfaces),
  };
}
