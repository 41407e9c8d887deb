import type { GetPluginCapabilitiesResponse, ProbeState } from '@consolemesh/contracts/plugin';
import type { Connection } from '@consolemesh/mesh';
import type { ConsoleKind, EndpointKind } from '../domain/kinds.ts';
import type { NodeAccess } from '../domain/node.ts';

/** What the conductor needs of a channel; `connect` of the mesh library makes them, tests may interpose. */
export type PluginConnection = Pick<Connection, 'client'> & Disposable;

/** Opens a channel to a gRPC target URI, where `service` has to answer, or any service when that is undefined. */
export type ConnectPlugin = (target: string, service?: string) => PluginConnection;

/** One plugin process, as it said of itself. */
export interface PluginInstance {
  readonly type: 'driver' | 'provider';
  readonly name: string;
  readonly instanceId: string;
  readonly target: string;
  readonly version: string;
  readonly optionsSchema: string;
  readonly capabilities: GetPluginCapabilitiesResponse;
  readonly state: ProbeState;
  /** Why it is not ready. */
  readonly message: string;
  /** It has not answered lately and is taken for dead. */
  readonly gone: boolean;
  readonly connection: PluginConnection;
  /** What of a node's options and secrets this driver is given. */
  narrow(access: NodeAccess): NodeAccess;
}

/** A console that a driver can make. */
export interface ConsoleAbility {
  readonly kind: ConsoleKind;
  readonly endpointKinds: readonly EndpointKind[];
  readonly affinity: 'none' | 'instance';
}
