import { Container, ContainerPhase, type WatchContainersResponse } from '@consolemesh/contracts/provider';
import { createWatchQueue, type GenerationGate } from '@consolemesh/driver-sdk/kit';
import type { Incarnation } from './container-life.ts';
import type { ContainerRuntime } from './runtime.ts';

/** One WatchContainers stream: everything once, then what changed, found by listing when there is a sign of change and from time to time. */
export async function* watchContainers(
  parts: {
    runtime: ContainerRuntime;
    gate: GenerationGate<Incarnation, void>;
    checkIntervalMs: number;
    list: (signal: AbortSignal) => Promise<Container[]>;
  },
  signal: AbortSignal,
): AsyncGenerator<WatchContainersResponse> {
  const queue = createWatchQueue<Container>();
  const known = new Map<string, { container: Container; bytes: Buffer }>();
  const own = new AbortController();
  const until = AbortSignal.any([signal, own.signal]);
  let listing = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  function compare(now: Container[]): void {
    const seen = new Set<string>();
    for (const container of now) {
      const id = `${container.key!.consoleId}/${container.key!.generation}`;
      seen.add(id);
      const bytes = Buffer.from(Container.encode(container).finish());
      if (!known.get(id)?.bytes.equals(bytes)) queue.put(id, container);
      known.set(id, { container, bytes });
    }
    for (const [id, { container }] of known) {
      if (seen.has(id)) continue;
      known.delete(id);
      queue.put(id, { ...container, phase: ContainerPhase.STOPPED, failure: undefined, endpoints: [] });
    }
    queue.synced();
  }

  async function look(): Promise<void> {
    again = listing;
    if (listing) return;
    listing = true;
    clearTimeout(timer);
    try {
      compare(await parts.list(until));
    } catch (error) {
      queue.fail(error);
    }
    listing = false;
    if (until.aborted) return;
    if (again) void look();
    else timer = setTimeout(() => void look(), parts.checkIntervalMs);
  }

  const changed = () => void look();
  const stopListening = parts.gate.onChange(changed);
  parts.runtime.watch?.(changed, until);
  void look();
  try {
    for await (const notice of queue.notices(signal)) {
      if (notice.kind === 'item') yield { notice: { $case: 'container', value: notice.item } };
      else if (notice.kind === 'synced') yield { notice: { $case: 'synced', value: {} } };
      else yield { notice: { $case: 'heartbeat', value: {} } };
    }
  } finally {
    own.abort();
    stopListening();
    clearTimeout(timer);
  }
}
