import type { WatchConsolesResponse } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import type { ConsoleRecord } from '../domain/console.ts';
import { createQueue, type Queue } from '../queue.ts';
import { consoleToWire } from '../wire/consoles.ts';
import { requireNode, type ServiceContext } from './context.ts';

/** Something that happened to a console. */
type Notice = { kind: 'changed'; id: string } | { kind: 'gone'; id: string } | { kind: 'heartbeat' };

/** Notices that may wait for a slow reader; beyond that the stream ends, and the reader begins anew with a snapshot. */
const waitingLimit = 20_000;
const pageSize = 500;
const heartbeatMs = 5_000;

/** Every console once, `synced`, then every change of a console or of its sessions. Listens before it reads, so nothing is missed. */
export async function* watchConsoles(
  context: ServiceContext,
  nodeName: string,
  signal: AbortSignal,
): AsyncGenerator<WatchConsolesResponse> {
  const node = nodeName === '' ? undefined : await requireNode(context.store, nodeName);
  const queue = createQueue<Notice>(waitingLimit);
  let overflown = false;
  const push = (notice: Notice) => {
    if (queue.push(notice) || signal.aborted) return;
    overflown = true;
    queue.close();
  };
  using _ = subscribe(context, queue, node?.id, push, signal);
  yield* snapshot(context, node?.id);
  yield { event: { $case: 'synced', value: {} } };
  for await (const notice of queue) {
    if (signal.aborted) return;
    yield* tell(context, notice);
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
  nodeId: string | undefined,
): AsyncGenerator<WatchConsolesResponse> {
  let after: { nodeName: string; kind: ConsoleRecord['kind'] } | undefined;
  for (;;) {
    const page = await context.store.listConsoles({ after, limit: pageSize, ...(nodeId ? { nodeId } : {}) });
    yield* show(context, page);
    const last = page[page.length - 1];
    if (!last || page.length < pageSize) return;
    after = { nodeName: last.nodeName, kind: last.kind };
  }
}

async function* tell(context: ServiceContext, notice: Notice): AsyncGenerator<WatchConsolesResponse> {
  if (notice.kind === 'heartbeat') yield { event: { $case: 'heartbeat', value: {} } };
  else if (notice.kind === 'gone') yield { event: { $case: 'deletedConsoleId', value: notice.id } };
  // Read now: what is told is never older than what was told before.
  else yield* show(context, await context.store.consolesById([notice.id]));
}

async function* show(
  context: ServiceContext,
  records: readonly ConsoleRecord[],
): AsyncGenerator<WatchConsolesResponse> {
  const facts = await context.store.consoleFacts(records.map(({ id }) => id));
  for (const record of records) {
    const value = consoleToWire(record, facts.get(record.id), context.maxSessions);
    yield { event: { $case: 'console', value } };
  }
}
