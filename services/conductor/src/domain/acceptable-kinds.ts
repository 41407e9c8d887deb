import type { ConsoleKind, EndpointKind, Route } from './kinds.ts';

/** Kinds of endpoint that a driver may choose from, best first, and those that are out, with the reason. */
export interface Acceptable {
  readonly kinds: readonly EndpointKind[];
  readonly excluded: readonly { readonly kind: EndpointKind; readonly why: string }[];
}

/** What may be chosen for a console. `hasProvider`: containers can be had. */
export function acceptableKinds(kind: ConsoleKind, route: Route, hasProvider: boolean): Acceptable {
  const order: EndpointKind[] =
    route === 'direct'
      ? ['tcp', 'container']
      : route === 'relay'
        ? ['relay', 'container']
        : ['tcp', 'relay', 'container'];
  const why: Partial<Record<EndpointKind, string>> = {};
  if (route === 'direct') why.relay = 'The route of this node is direct.';
  if (route === 'relay') why.tcp = 'The route of this node is relay.';
  if (kind === 'serial') why.container = 'A container shows a screen and no serial line.';
  else if (!hasProvider) why.container = 'No container provider is configured.';
  return {
    kinds: order.filter((item) => why[item] === undefined),
    excluded: (['tcp', 'relay', 'container'] as const).flatMap((item) => {
      const reason = why[item];
      return reason === undefined ? [] : [{ kind: item, why: reason }];
    }),
  };
}

/** Kinds that a container's provider may choose from. */
export function acceptableForContainer(route: Route): readonly EndpointKind[] {
  return route === 'auto' ? ['tcp', 'relay'] : route === 'direct' ? ['tcp'] : ['relay'];
}
