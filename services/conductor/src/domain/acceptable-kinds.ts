import type { ConsoleKind, EndpointKind, Route } from './kinds.ts';

/** Kinds of endpoint that a driver may choose from, best first, and those that are out, with the reason. */
export interface Acceptable {
  readonly kinds: readonly EndpointKind[];
  readonly excluded: readonly { readonly kind: EndpointKind; readonly why: string }[];
}

/**
 * What may be chosen for a console. `hasProvider`: containers can be had. A route is a rule for screens. A serial line mostly has one place, which
 * its driver holds and shares: there `direct` is a wish, and what is to be had through the driver alone is had so.
 */
export function acceptableKinds(kind: ConsoleKind, route: Route, hasProvider: boolean): Acceptable {
  const why: Partial<Record<EndpointKind, string>> = {};
  if (route === 'direct' && kind !== 'serial') why.relay = routeIs('direct', 'relay');
  if (route === 'relay') why.tcp = routeIs('relay', 'direct');
  if (kind === 'serial') why.container = 'A container shows a screen and no serial line.';
  else if (!hasProvider) why.container = 'No container provider is configured.';
  return {
    kinds: bestFirst.filter((item) => why[item] === undefined),
    excluded: bestFirst.flatMap((item) => {
      const reason = why[item];
      return reason === undefined ? [] : [{ kind: item, why: reason }];
    }),
  };
}

const bestFirst = ['tcp', 'relay', 'container'] as const;

const routeIs = (route: Route, other: Route) =>
  `the route is ${route}; for this kind set the node's to ${other} (node set --route ${other}), or CONSOLEMESH_ROUTE for nodes that say nothing`;

/** Kinds that a container's provider may choose from. */
export function acceptableForContainer(route: Route): readonly EndpointKind[] {
  return route === 'auto' ? ['tcp', 'relay'] : route === 'direct' ? ['tcp'] : ['relay'];
}
