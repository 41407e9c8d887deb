import type { WatchConsolesResponse } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import type { ConsoleRecord } from '../domain/console.ts';
import { createQueue, type Queue } from '../queue.ts';
import { type Caller, visibleTo } from './caller.ts';
import { requireNode, type ServiceContext } from './context.ts';
import { shownConsoles } from './shown-consoles.ts';

/** Something that happened to a console. */
type Notice = { kind: 'changed'; id: string } | { kind: 'gone'; id: string } | { kind: 'heartbeat' };

/** Who watches, and which consoles he was told of. */
interface Viewer {
  readonly caller: Caller;
  readonly told: Set<string>;
}

/** Notices that may wait for a slow reader; beyond that the stream ends, and the reader begins anew with a snapshot. */
const waitingLimit = 20_000;
const pageSize = 500;
const heartbeatMs = 5_000;

/**
 * Every console that the caller may see once, `synced`, then every change of a console or of its sessions. Listens before it reads, so
 * nothing is missed. A console that is not his to see any more is gone for him.
 */
export async function* watchConsoles(
  context: ServiceContext,
  nodeName: string,
  caller: Caller,
  signal: AbortSignal,
): AsyncGenerator<WatchConsolesResponse> {
  const node =
    nodeName === '' ? undefined : (await requireNode(context.store, nodeName, caller, 'console.read')).node;
  const viewer: Viewer = { caller, told: new Set() };
  const queue = createQueue<Notice>(waitingLimit);
  let overflown = false;
  const push = (notice: Notice) => {
    if (queue.push(notice) || signal.aborted) return;
    overflown = true;
    queue.close();
  };
  using _ = subscribe(context, queue, node?.id, push, signal);
  yield* snapshot(context, viewer, node?.id);
  yield { event: { $case: 'synced', value: {} } };
  for await (const notice of queue) {
    if (signal.aborted) return;
    yield* tell(context, viewer, notice);
  }
  if (overflown)
    throw new MeshError('RESOURCE_EXHAUSTED', 'The reader is too slow for the changes; watch again.');
}

function subscribe(
  context: ServiceContext,
  queue: Queue<Notice>,
  nodeId: string | undefined,
  push: (notice: Notice) => void,
  signal: AbortSignal,
): Disposable {
  const mine = (item: { nodeId: string }) => nodeId === undefined || item.nodeId === nodeId;
  const unsubscribe = context.feed.onChanges(({ consoles, sessions, gone }) => {
    const ids = new Set([
      ...consoles.filter(mine).map(({ id }) => id),
      ...sessions.filter(mine).map(({ consoleId }) => consoleId),
    ]);
    for (const id of ids) push({ kind: 'changed', id });
    for (const { consoleId } of gone.filter(mine)) push({ kind: 'gone', id: consoleId });
  });
  let timer = context.scheduler.after(heartbeatMs, beat);
  function beat(): void {
    push({ kind: 'heartbeat' });
    timer = context.scheduler.after(heartbeatMs, beat);
  }
  const end = () => queue.close();
  signal.addEventListener('abort', end, { once: true });
  return {
    [Symbol.dispose]() {
      unsubscribe();
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', end);
      queue.close();
    },
  };
}

async function* snapshot(
  context: ServiceContext,
  viewer: Viewer,
  nodeId: string | undefined,
): AsyncGenerator<WatchConsolesResponse> {
  let after: { nodeName: string; kind: ConsoleRecord['kind'] } | undefined;
  for (;;) {
    const page = await context.store.listConsoles({
      ...{ after, limit: pageSize },
      ...visibleTo(viewer.caller),
      ...(nodeId ? { nodeId } : {}),
    });
    yield* show(context, viewer, page);
    const last = page[page.length - 1];
    if (!last || page.length < pageSize) return;
    after = { nodeName: last.nodeName, kind: last.kind };
  }
}

async function* tell(
  context: ServiceContext,
  viewer: Viewer,
  notice: Notice,
): AsyncGenerator<WatchConsolesResponse> {
  if (notice.kind === 'heartbeat') yield { event: { $case: 'heartbeat', value: {} } };
  else if (notice.kind === 'gone') yield* takeAway(viewer, notice.id);
  else {
    // Read now: what is told is never older than what was told before.
    const shown = yield* show(context, viewer, await context.store.consolesById([notice.id]));
    if (shown === 0) yield* takeAway(viewer, notice.id);
  }
}

async function* show(
  context: ServiceContext,
  viewer: Viewer,
  records: readonly ConsoleRecord[],
): AsyncGenerator<WatchConsolesResponse, number> {
  const shown = await shownConsoles(context, viewer.caller, records);
  for (const { id, console } of shown) {
    viewer.told.add(id);
    yield { event: { $case: 'console', value: console } };
  }
  return shown.length;
}

/** Says nothing about a console that was never told of. */
function* takeAway({ told }: Viewer, id: string): Generator<WatchConsolesResponse> {
  if (told.delete(id)) yield { event: { $case: 'deletedConsoleId', value: id } };
}
