import { isTarget } from './check-answer.ts';

/** Where plugins are. */
export interface PluginPlace {
  /** gRPC target URI. */
  readonly target: string;
  /** Name of the service in their certificates; whatever service of the mesh answers counts when undefined. */
  readonly service?: string;
}

/** What a place looks like, in the plural. */
export const pluginPlaces = 'gRPC targets such as dns:///host:7150, or NAME@dns:///host:7150';

/** Reads `TARGET` or `NAME@TARGET`; undefined when it is neither. */
export function readPluginPlace(text: string): PluginPlace | undefined {
  const [, service, target = ''] = /^(?:([A-Za-z0-9._-]{1,128})@)?(.+)$/.exec(text) ?? [];
  if (!isTarget(target)) return undefined;
  return service === undefined ? { target } : { target, service };
}
