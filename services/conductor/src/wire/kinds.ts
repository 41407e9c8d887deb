import {
  EndpointKind as WireEndpointKind,
  ConsoleKind as WireKind,
  Role as WireRole,
} from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import type { ConsoleKind, EndpointKind, Role } from '../domain/kinds.ts';

/** A kind of console on the wire. */
export function kindToWire(kind: ConsoleKind): WireKind {
  return kind === 'graphical' ? WireKind.GRAPHICAL : WireKind.SERIAL;
}

/** A kind of console from the wire; undefined when none is said. */
export function kindFromWire(kind: WireKind): ConsoleKind | undefined {
  if (kind === WireKind.GRAPHICAL) return 'graphical';
  return kind === WireKind.SERIAL ? 'serial' : undefined;
}

/** A kind of console where one is needed. @throws MeshError FIELD_REQUIRED */
export function requireKind(kind: WireKind): ConsoleKind {
  const known = kindFromWire(kind);
  if (!known) {
    throw new MeshError('FIELD_REQUIRED', 'kind: say which console is meant, graphical or serial.', {
      violations: [{ field: 'kind', reason: 'FIELD_REQUIRED', message: 'expected graphical or serial' }],
    });
  }
  return known;
}

/** A role on the wire. */
export function roleToWire(role: Role): WireRole {
  return role === 'view' ? WireRole.VIEW : WireRole.CONTROL;
}

/** A role from the wire; control when none is said. */
export function roleFromWire(role: WireRole): Role {
  return role === WireRole.VIEW ? 'view' : 'control';
}

/** A kind of endpoint on the wire. */
export function endpointKindToWire(kind: EndpointKind | undefined): WireEndpointKind {
  switch (kind) {
    case 'tcp':
      return WireEndpointKind.TCP;
    case 'relay':
      return WireEndpointKind.RELAY;
    case 'container':
      return WireEndpointKind.CONTAINER;
    case undefined:
      return WireEndpointKind.UNSPECIFIED;
  }
}
