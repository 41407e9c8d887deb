import { Revocation as RevocationMessage, type Token as TokenMessage } from '@consolemesh/contracts/token';
import { ConsoleKind, Role as RoleEnum } from '@consolemesh/contracts/types';
import { toTimestamp } from '@consolemesh/mesh';
import type { Revocation } from './store.ts';
import type { Kind, Role, Token } from './token.ts';

/** A kind in the contract's words. */
export function kindOf(kind: Kind): ConsoleKind {
  return kind === 'graphical' ? ConsoleKind.GRAPHICAL : ConsoleKind.SERIAL;
}

/** A role in the contract's words. */
export function roleOf(role: Role): RoleEnum {
  return role === 'view' ? RoleEnum.VIEW : RoleEnum.CONTROL;
}

/** A kind in our words; undefined when none was said or it is not known. */
export function toKind(kind: ConsoleKind): Kind | undefined {
  if (kind === ConsoleKind.GRAPHICAL) return 'graphical';
  return kind === ConsoleKind.SERIAL ? 'serial' : undefined;
}

/** A role in our words; not said means control (types/v1/console.proto). Undefined when it is not known. */
export function toRole(role: RoleEnum): Role | undefined {
  if (role === RoleEnum.VIEW) return 'view';
  return role === RoleEnum.CONTROL || role === RoleEnum.UNSPECIFIED ? 'control' : undefined;
}

/** A token for a list. It holds no secret, because none is stored. */
export function tokenMessage(token: Token): TokenMessage {
  return {
    tokenId: token.tokenId,
    key: { consoleId: token.consoleId, generation: token.generation },
    kind: kindOf(token.kind),
    role: roleOf(token.role),
    subject: token.subject,
    issuedAt: toTimestamp(token.issuedAt),
    expiresAt: toTimestamp(token.expiresAt),
    singleUse: token.singleUse,
    redemptions: token.redemptions,
  };
}

/** A revocation for whoever watches. */
export function revocationMessage(revocation: Revocation): RevocationMessage {
  const { revision, selector, message, actor, revoked, revokedAt } = revocation;
  return RevocationMessage.fromPartial({
    ...{ revision, message, actor, revoked, revokedAt: toTimestamp(revokedAt) },
    [selector.by]: selector.value,
  });
}
