/**
 * What somebody is to a node.
 * - `administrator`: may act on everything.
 * - `owner`, `lessee`: the node names the user, or a group of his; who is both is its owner.
 * - `stranger`: anybody else; the node does not exist for him.
 */
export type Standing = 'administrator' | 'owner' | 'lessee' | 'stranger';

/** `reduced`: without what tells about the BMC, its network and other machines of the mesh. */
export type Permission = 'yes' | 'reduced' | 'no';

/** One thing that users do. */
export interface PolicyRow {
  /** As the end of "may not …". */
  readonly does: string;
  /** RPCs of conductor.v1 that are this and nothing else; empty for a part of an RPC that stands in another row. */
  readonly rpcs: readonly string[];
  readonly owner: Permission;
  readonly lessee: Permission;
  readonly stranger: Permission;
}

const owned = { owner: 'yes', lessee: 'no', stranger: 'no' } as const;
const shared = { owner: 'yes', lessee: 'yes', stranger: 'no' } as const;
const shown = { owner: 'yes', lessee: 'reduced', stranger: 'no' } as const;
const reserved = { owner: 'no', lessee: 'no', stranger: 'no' } as const;

/**
 * Who may do what; administrators may do everything. The one table that every handler asks, by `permission`; the README shows it. That a
 * lessee uses power and consoles and does not see what is known of the BMC follows Ironic's roles for power and `driver_info`
 * (https://docs.openstack.org/ironic/latest/admin/secure-rbac.html), which keeps consoles to owners.
 */
export const policy = {
  // A node says where drivers connect: whoever may make one may have any address called.
  'node.create': { does: 'make a node', rpcs: ['NodeService/CreateNode'], ...reserved },
  'node.read': { does: 'read the node', rpcs: ['NodeService/GetNode', 'NodeService/ListNodes'], ...shown },
  'node.update': { does: 'change the node', rpcs: ['NodeService/UpdateNode'], ...owned },
  'node.give-away': { does: 'change the owner', rpcs: [], ...reserved },
  'node.delete': { does: 'delete the node', rpcs: ['NodeService/DeleteNode'], ...owned },
  'node.validate': { does: 'validate the node', rpcs: ['NodeService/ValidateNode'], ...owned },
  'console.enable': { does: 'enable a console', rpcs: ['ConsoleService/EnableConsole'], ...shown },
  'console.disable': { does: 'disable a console', rpcs: ['ConsoleService/DisableConsole'], ...shown },
  'console.give-up': { does: 'give a console up by force', rpcs: [], ...owned },
  'console.read': {
    does: 'read a console',
    rpcs: ['ConsoleService/GetConsole', 'ConsoleService/ListConsoles', 'ConsoleService/WatchConsoles'],
    ...shown,
  },
  'console.read-log': {
    does: 'read the log of a console',
    rpcs: ['ConsoleService/ReadConsoleLog'],
    ...shown,
  },
  'console.open': { does: 'open a console', rpcs: ['ConsoleService/CreateConsoleUrl'], ...shown },
  'console.open-for-others': { does: 'make a URL for another subject', rpcs: [], ...reserved },
  'session.read': {
    does: 'read a session',
    rpcs: ['SessionService/ListSessions', 'SessionService/GetSession'],
    ...shown,
  },
  'session.terminate': { does: 'end a session', rpcs: ['SessionService/TerminateSession'], ...shared },
  'power.read': { does: 'read the power state', rpcs: ['PowerService/GetPower'], ...shown },
  'power.set': { does: 'change the power state', rpcs: ['PowerService/SetPower'], ...shown },
  'power.boot-device': { does: 'set the boot device', rpcs: ['PowerService/SetBootDevice'], ...shown },
  'plugin.read': {
    does: 'list drivers and providers',
    rpcs: ['InventoryService/ListDrivers', 'InventoryService/ListProviders'],
    ...{ owner: 'reduced', lessee: 'reduced', stranger: 'reduced' },
  },
} as const satisfies Record<string, PolicyRow>;

/** Something in that table. */
export type Action = keyof typeof policy;

/** Whether somebody of a standing may do something. */
export function permission(action: Action, standing: Standing): Permission {
  return standing === 'administrator' ? 'yes' : policy[action][standing];
}

/** Whose a node is and who has it on loan, as a name or as `group/NAME`. */
export interface Holders {
  readonly owner: string;
  readonly lessee: string;
}

/** What a user with these names (his own, then `group/NAME` of each of his groups) is to a node. */
export function standingOf(
  { administrator, names }: { readonly administrator: boolean; readonly names: readonly string[] },
  { owner, lessee }: Holders,
): Standing {
  if (administrator) return 'administrator';
  if (owner !== '' && names.includes(owner)) return 'owner';
  return lessee !== '' && names.includes(lessee) ? 'lessee' : 'stranger';
}

/** Whether somebody who could act on a node cannot any more. */
export function takesAway(before: Holders, after: Holders): boolean {
  const left = [after.owner, after.lessee];
  return [before.owner, before.lessee].some((name) => name !== '' && !left.includes(name));
}
