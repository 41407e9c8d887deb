import type { RunningMachine } from '../run-machine.ts';

/** One server behind the BMC. */
export interface Host {
  /** Its id in Redfish: `system`, or `system1`, `system2`, … where there are several. */
  readonly id: string;
  /** Its WebSocket: `/console0`, or `/console/<id>`. */
  readonly console: string;
  readonly machine: RunningMachine;
}

/** The host whose console a path names; bmcweb calls the first one default. */
export function hostAt(hosts: readonly Host[], path: string): Host | undefined {
  const [, name] = /^\/console\/([A-Za-z0-9_-]{1,64})$/.exec(path) ?? [];
  if (path === '/console0' || name === 'default') return hosts[0];
  return hosts.find(({ console, id }) => console === path || id === name);
}
