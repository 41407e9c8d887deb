import { MeshError } from '@consolemesh/errors';
import { actorText, identityText, principalOf } from '@consolemesh/mesh';
import {
  type Action,
  type Holders,
  type Permission,
  permission,
  policy,
  type Standing,
  standingOf,
} from '../domain/policy.ts';

/** For whom a call is made. */
export interface Caller {
  readonly administrator: boolean;
  /** What an owner or a lessee is called who is he: his name, and `group/NAME` of each of his groups. */
  readonly names: readonly string[];
  /** His identity: the subject of his sessions. */
  readonly subject: string;
  /** Who acts, as the audit log says it. */
  readonly actor: string;
  /** Somebody else calls in his place. */
  readonly onBehalf: boolean;
}

/** For whom a call is made, as the server has found out. */
export function callerIn(call: Parameters<typeof principalOf>[0]): Caller {
  const principal = principalOf(call);
  const { identity, groups, administrator, via } = principal;
  return {
    administrator,
    names: identity.kind === 'user' ? [identity.name, ...groups] : [],
    subject: identityText(identity),
    actor: actorText(principal),
    onBehalf: via !== undefined,
  };
}

/** Nodes that a list shows: all, or those that one of these owns or has on loan. */
export function visibleTo({ administrator, names }: Caller): { visibleTo?: readonly string[] } {
  return administrator ? {} : { visibleTo: names };
}

/**
 * Whether the caller may do something at a node; `undefined` when the node does not exist for him.
 * @throws MeshError PERMISSION_DENIED for a node that he sees
 */
export function decide(caller: Caller, action: Action, node: Holders): 'yes' | 'reduced' | undefined {
  const standing = standingOf(caller, node);
  const found = permission(action, standing);
  if (found !== 'no') return found;
  if (standing === 'stranger') return undefined;
  throw denied(caller, action, standing);
}

/** The same for what is about no node in particular. @throws MeshError PERMISSION_DENIED */
export function decideAnywhere(caller: Caller, action: Action): Exclude<Permission, 'no'> {
  const standing = caller.administrator ? 'administrator' : 'stranger';
  const found = permission(action, standing);
  if (found === 'no') throw denied(caller, action, standing);
  return found;
}

function denied(caller: Caller, action: Action, standing: Standing): MeshError {
  const { does, owner } = policy[action];
  const who = owner === 'no' ? 'only administrators may' : 'only its owner and administrators may';
  const as = standing === 'stranger' ? '' : ` as ${standing} of the node`;
  return new MeshError('PERMISSION_DENIED', `${caller.subject} may not ${does}${as}; ${who}.`, {
    metadata: { caller: caller.subject, action },
  });
}
