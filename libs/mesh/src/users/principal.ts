import { MeshError } from '@consolemesh/errors';
import type { CallContext } from 'nice-grpc-common';
import { callerOf, groupsKey, type Identity, identityText, parseIdentity } from '../trust/identity.ts';

/** Metadata key under which a service says for whom it calls: `user/NAME`, then his groups as `group/NAME`, separated by commas. */
export const onBehalfKey = 'x-consolemesh-on-behalf-of';

/** Services that may call for somebody else. Where they say for whom, they may do what he may; where not, what an administrator may. */
export const actingServices: readonly string[] = ['service/ironic-gateway', 'service/webui'];

/** Who is an administrator where nothing is said. */
export const standardAdministrators: readonly string[] = ['user/admin'];

/** Longest list of groups that a call brings. */
export const mostGroups = 200;

/** For whom a call is made, and what that makes him. */
export interface Principal {
  readonly identity: Identity;
  /** As `group/NAME`. */
  readonly groups: readonly string[];
  /** Who calls in his place, when he does not himself. */
  readonly via: Identity | undefined;
  /** May act on everything. `local` always is. */
  readonly administrator: boolean;
}

/** What the authorization of a server has found; keyed by the metadata of the call, which no client holds. */
const judged = new WeakMap<object, Principal>();

/**
 * Finds out for whom a call is made. `administrators`: identities of users and groups.
 * @throws MeshError PERMISSION_DENIED when the caller may not speak for others, INVALID_ARGUMENT when it does not say for whom
 */
export function judgePrincipal(context: CallContext, administrators: readonly string[]): Principal {
  const caller = callerOf(context);
  const claimed = context.metadata.get(onBehalfKey);
  const principal = claimed === undefined ? ofCaller() : ofClaim(claimed);
  judged.set(context.metadata, principal);
  return principal;

  function ofCaller(): Principal {
    const groups = context.metadata.get(groupsKey)?.split(',') ?? [];
    const trusted = caller.kind === 'local' || actingServices.includes(identityText(caller));
    return {
      identity: caller,
      groups,
      via: undefined,
      administrator: trusted || isOneOf(caller, groups, administrators),
    };
  }

  function ofClaim(claim: string): Principal {
    if (caller.kind !== 'local' && !actingServices.includes(identityText(caller))) {
      throw new MeshError('PERMISSION_DENIED', `${identityText(caller)} may not act on behalf of others.`, {
        metadata: { caller: identityText(caller) },
      });
    }
    const [name = '', ...groups] = claim.split(',').map((word) => word.trim());
    const identity = parseIdentity(name);
    if (identity?.kind !== 'user' || groups.length > mostGroups || !groups.every(isGroup)) {
      throw new MeshError(
        'INVALID_ARGUMENT',
        `${onBehalfKey}: expected user/NAME, and his groups as group/NAME behind it, separated by commas.`,
      );
    }
    return { identity, groups, via: caller, administrator: isOneOf(identity, groups, administrators) };
  }
}

/** For whom this call is made. Where no server has judged it, the caller, and only `local` is an administrator. */
export function principalOf(context: CallContext): Principal {
  const identity = callerOf(context);
  return (
    judged.get(context.metadata) ?? {
      identity,
      groups: [],
      via: undefined,
      administrator: identity.kind === 'local',
    }
  );
}

/** Who acts, for logs and records: `user/ada`, or `user/ada via service/webui`. */
export function actorText({ identity, via }: Principal): string {
  return via ? `${identityText(identity)} via ${identityText(via)}` : identityText(identity);
}

/** Whether a word can stand in the list of administrators: `user/NAME` or `group/NAME`. */
export function isAdministratorWord(word: string): boolean {
  return isGroup(word) || parseIdentity(word)?.kind === 'user';
}

function isGroup(word: string): boolean {
  return word.startsWith('group/') && parseIdentity(word.replace('group/', 'user/')) !== undefined;
}

/** Services are judged by the table of RPCs alone. */
function isOneOf(identity: Identity, groups: readonly string[], administrators: readonly string[]): boolean {
  if (identity.kind !== 'user') return false;
  return [identityText(identity), ...groups].some((word) => administrators.includes(word));
}
