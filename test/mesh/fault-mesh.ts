import { type Console, DesiredState, ObservedState } from '@consolemesh/contracts/conductor';
import { DriverServiceDefinition } from '@consolemesh/contracts/driver';
import { ProviderServiceDefinition } from '@consolemesh/contracts/provider';
import { createManualClock, type ManualClock } from '../harness/clock.ts';
import { type Mesh, type MeshOptions, startMesh } from '../harness/mesh.ts';
import type { Part } from '../harness/part.ts';
import { createStack } from '../harness/stack.ts';
import { createUser, type User } from '../harness/user.ts';
import { createFaultLayer, type FaultLayer } from './fault-layer.ts';
import { createHistory, type History } from './history.ts';
import { persist } from './persist.ts';

/** Two of everything that can die, one manual clock, and everything that happens written down. */
export interface FaultMesh extends AsyncDisposable {
  readonly mesh: Mesh;
  readonly clock: ManualClock;
  readonly layer: FaultLayer;
  readonly history: History;
  readonly user: User;
  part(name: string): Part<AsyncDisposable>;
  /** Every part by name. */
  readonly parts: readonly Part<AsyncDisposable>[];
  kill(name: string): void;
  /** Lets a conductor stand still until its leases are over and others have had time; what it was about to do, it does then. */
  stall(name: string): Promise<void>;
  /** Starts everything that is dead. */
  reviveAll(): Promise<void>;
  /** What plugins list of a console, with the process that lists it. */
  held(consoleId: string): Promise<{ at: string; generation: bigint }[]>;
  /** The same call again, straight at a plugin; answers what it fails with. */
  replay(to: string, method: string, request: unknown): Promise<string | undefined>;
}

/** How the mesh differs from the ordinary. */
export interface FaultMeshOptions
  extends Pick<MeshOptions, 'vncDrivers' | 'fakeDrivers' | 'providers' | 'dracDrivers' | 'dracTimings'> {
  /** Mesh time runs so many times as fast as the machine's. */
  readonly speed?: number;
  /** In mesh time; short, so that a takeover takes a third of a second. */
  readonly leaseMs?: number;
}

/** Starts one. */
export async function startFaultMesh(options: FaultMeshOptions = {}): Promise<FaultMesh> {
  const { speed = 8, leaseMs = 1_500, ...counts } = options;
  const stack = createStack();
  try {
    const clock = createManualClock();
    const history = createHistory(() => performance.now());
    const all = (): Part<AsyncDisposable>[] => [
      ...[
        mesh.conductors,
        mesh.proxies,
        mesh.vncDrivers,
        mesh.dracDrivers,
        mesh.fakeDrivers,
        mesh.providers,
        mesh.tokens,
      ].flat(),
    ];
    const plugins = () => [mesh.vncDrivers, mesh.dracDrivers, mesh.fakeDrivers, mesh.providers].flat();
    const part = (name: string) => {
      const found = mesh ? all().find((item) => item.name === name) : undefined;
      if (!found) throw new Error(`no part ${name}`);
      return found;
    };
    const births = new Map<string, number>();
    const processOf = (name: string) => `${name}#${births.get(name) ?? 1}`;
    const revivals: Promise<void>[] = [];
    const revive = async (item: Part<AsyncDisposable>) => {
      births.set(item.name, (births.get(item.name) ?? 1) + 1);
      await item.restart();
    };
    const layer = createFaultLayer(history, clock, {
      nameOf: (target) => (mesh ? all() : []).find((item) => item.target === target)?.name ?? target,
      processOf,
      // A service that several can answer for is never dead.
      isDead: (name) => (mesh ? all() : []).some((item) => item.name === name && !item.alive),
    });
    let mesh!: Mesh;
    stack.use(clock.run(speed));
    mesh = stack.use(
      await startMesh({
        ...{ conductors: 2, proxies: 2, vncDrivers: 2, fakeDrivers: 2, providers: 2, clock },
        ...counts,
        tap: layer.tap,
        conductor: (n) => ({
          ...{ leaseMs, pluginPollMs: 1_000, random: () => 0 },
          connectPlugin: layer.connectPlugin(`conductor-${n}`),
        }),
      }),
    );
    const user = createUser(mesh);
    /** Calls of a plugin by name, when it answers: one that has just come back is not connected yet. */
    const plugin = async (name: string, target: string) => {
      const isDriver = !name.startsWith('provider');
      const client = mesh
        .connect(target)
        .client(isDriver ? DriverServiceDefinition : ProviderServiceDefinition) as unknown as Calls;
      const list = client[isDriver ? 'listConsoles' : 'listContainers'] as Calls[string];
      return { client, listing: (await persist(() => list({}))) as Listing };
    };
    return {
      ...{ mesh, clock, layer, history, user, part },
      get parts() {
        return all();
      },
      kill(name) {
        if (!part(name).alive) return;
        history.add({ type: 'killed', part: name });
        part(name).kill();
        // Somebody has to survive: the one that died before comes back.
        const peers = all().filter((item) => kindOf(item.name) === kindOf(name));
        const other = peers.find((item) => item.name !== name);
        if (other && peers.every(({ alive }) => !alive)) revivals.push(revive(other));
      },
      async stall(name) {
        const goOn = part(name).stall();
        await new Promise<void>((resolve) => void clock.after(2.5 * leaseMs, resolve));
        history.add({ type: 'stalled', part: name });
        // The call that was held goes out before the first timer fires: only its fence can stop it.
        clock.after(100, goOn);
      },
      async reviveAll() {
        await Promise.all(revivals.splice(0));
        for (const item of all()) {
          if (!item.alive) await revive(item);
        }
      },
      async held(consoleId) {
        const found: { at: string; generation: bigint }[] = [];
        for (const { name, alive, target } of plugins()) {
          if (!alive) continue;
          const { listing } = await plugin(name, target);
          for (const { key } of listing.consoles ?? listing.containers ?? []) {
            if (key.consoleId === consoleId) found.push({ at: processOf(name), generation: key.generation });
          }
        }
        return found;
      },
      async replay(to, method, request) {
        const { client } = await plugin(to, part(to).target);
        return layer.replay(processOf(to), method, request, () => client[method]!(request));
      },
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** `conductor-1` and `conductor-2` are of a kind. */
const kindOf = (name: string) => name.replace(/.\d+$/, '');

type Calls = Record<string, (request: unknown) => Promise<unknown>>;

interface Listing {
  readonly consoles?: { readonly key: { consoleId: string; generation: bigint } }[];
  readonly containers?: { readonly key: { consoleId: string; generation: bigint } }[];
}

/** The words of the history for a console's state. */
export function stateOf(console: Console): { desired: 'enabled' | 'disabled'; observed: string } {
  const word = Object.entries(ObservedState).find(([, number]) => number === console.observed)?.[0];
  return {
    desired: console.desired === DesiredState.ENABLED ? 'enabled' : 'disabled',
    observed: (word ?? 'unspecified').toLowerCase(),
  };
}
