import type { ConsoleServiceImplementation, Console as WireConsole } from '@consolemesh/contracts/conductor';
import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import { fromDuration } from '@consolemesh/mesh';
import { currentTraceparent } from '@consolemesh/telemetry';
import { accessFingerprint } from '../domain/access-fingerprint.ts';
import { consoleParts } from '../domain/audit.ts';
import { type ConsoleRecord, incarnationOf } from '../domain/console.ts';
import { disable } from '../domain/disable.ts';
import { enable } from '../domain/enable.ts';
import { leftByGivingUp } from '../domain/give-up.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import { stopped } from '../domain/progress.ts';
import { deleteWithLastConsole, endSessions } from '../reconciler/stop-console.ts';
import { consoleToWire, observedFromWire } from '../wire/consoles.ts';
import { kindFromWire, requireKind } from '../wire/kinds.ts';
import { cutPage, makePageToken, pageSizeOf, readPageToken } from '../wire/pages.ts';
import { reducedConsole } from '../wire/reduced.ts';
import { type Caller, callerIn, visibleTo } from './caller.ts';
import { requireConsole, requireNode, type ServiceContext } from './context.ts';
import { createConsoleUrl } from './create-console-url.ts';
import { createLogReading } from './read-console-log.ts';
import { shownConsoles } from './shown-consoles.ts';
import { longestWaitMs, waitForConsole } from './wait-for-console.ts';
import { watchConsoles } from './watch-consoles.ts';

/** Longest linger, ms. */
const longestLingerMs = 3_600_000;
const noLinger: Violation = {
  field: 'linger',
  reason: 'FIELD_INVALID',
  message: 'cannot be had with force, which ends the sessions at once',
};

/** conductor.v1 ConsoleService. */
export function createConsoleService(context: ServiceContext): ConsoleServiceImplementation {
  const { store } = context;
  const readLog = createLogReading(context);
  return {
    async enableConsole(request, call) {
      const wait = durationOf('wait', request.wait && fromDuration(request.wait), longestWaitMs);
      const done = await enableConsole(context, request.node, requireKind(request.kind), callerIn(call));
      const settled = ({ state }: ConsoleRecord) => state.observed === 'ready' || state.observed === 'failed';
      return { console: await answer(context, done, settled, wait, call.signal) };
    },
    async disableConsole(request, call) {
      const wait = durationOf('wait', request.wait && fromDuration(request.wait), longestWaitMs);
      const linger = durationOf('linger', request.linger && fromDuration(request.linger), longestLingerMs);
      if (request.force && linger !== undefined) throw violationsError([noLinger]);
      const kind = requireKind(request.kind);
      const caller = callerIn(call);
      const done = request.force
        ? await giveUpConsole(context, request.node, kind, caller)
        : await disableConsole(context, request.node, kind, linger, caller);
      const off = ({ state }: ConsoleRecord) => state.observed === 'stopped';
      return { console: await answer(context, done, off, wait, call.signal) };
    },
    async getConsole(request, call) {
      const kind = requireKind(request.kind);
      const found = await requireConsole(store, request.node, kind, callerIn(call), 'console.read');
      return { console: await withFacts(context, found) };
    },
    async listConsoles(request, call) {
      const caller = callerIn(call);
      const size = pageSizeOf(request.pageSize);
      const [nodeName, kind] = readPageToken(request.pageToken, ['string', 'string']) ?? [];
      const node =
        request.node === ''
          ? undefined
          : (await requireNode(store, request.node, caller, 'console.read')).node;
      const wanted = kindFromWire(request.kind);
      const observed = observedFromWire(request.observed);
      const { page, last } = cutPage(
        await store.listConsoles({
          after:
            nodeName === undefined ? undefined : { nodeName: String(nodeName), kind: kind as ConsoleKind },
          limit: size + 1,
          ...visibleTo(caller),
          ...(node ? { nodeId: node.id } : {}),
          ...(wanted ? { kind: wanted } : {}),
          ...(observed ? { observed } : {}),
        }),
        size,
      );
      return {
        consoles: (await shownConsoles(context, caller, page)).map(({ console }) => console),
        nextPageToken: last ? makePageToken([last.nodeName, last.kind]) : '',
      };
    },
    watchConsoles: (request, call) => watchConsoles(context, request.node, callerIn(call), call.signal),
    readConsoleLog: (request, call) => readLog(request, callerIn(call), call.signal),
    createConsoleUrl: (request, call) =>
      createConsoleUrl(context, {
        node: request.node,
        kind: requireKind(request.kind),
        role: request.role,
        ttlMs: request.ttl && fromDuration(request.ttl),
        singleUse: request.singleUse,
        subject: request.subject,
        caller: callerIn(call),
      }),
  };
}

/** What became of a console, and how much of it the caller may see. */
interface Done {
  readonly record: ConsoleRecord;
  readonly reduced: boolean;
}

function enableConsole(
  context: ServiceContext,
  name: string,
  kind: ConsoleKind,
  caller: Caller,
): Promise<Done> {
  const trace = currentTraceparent();
  return context.store.write(async (unit) => {
    const { node, record, reduced } = await requireConsole(unit, name, kind, caller, 'console.enable');
    if (node.deleting) throw new MeshError('NODE_NOT_FOUND', 'The node is being deleted.');
    if (node.interfaces[kind] === 'none') {
      throw new MeshError(
        'NO_DRIVER',
        `The ${kind} interface of ${node.name} is none: name a driver, or auto.`,
      );
    }
    const next = enable(record, accessFingerprint(node, kind));
    if (next === record) return { record, reduced };
    await unit.audit({ kind: 'console.enabled', ...consoleParts(record) });
    return { record: await unit.putConsole({ ...next, trace }), reduced };
  }, caller.actor);
}

/** Commits first; what has to end because of it ends in the same write. */
function disableConsole(
  context: ServiceContext,
  name: string,
  kind: ConsoleKind,
  linger: number | undefined,
  caller: Caller,
): Promise<Done> {
  const trace = currentTraceparent();
  return context.store.write(async (unit) => {
    const { record, reduced } = await requireConsole(unit, name, kind, caller, 'console.disable');
    const next = disable(record, linger === undefined ? undefined : Math.round(unit.now + linger));
    if (next === record) return { record, reduced };
    await unit.audit({ kind: 'console.disabled', ...consoleParts(record) });
    const stored = await unit.putConsole({ ...next, trace });
    if (stored.lingerUntil === undefined) await endSessions(unit, stored, stored.generation);
    return { record: stored, reduced };
  }, caller.actor);
}

/**
 * The same without the driver, all in one write: whoever acts on the console finds that the incarnation is gone and drops what it does. What
 * a plugin still holds of it is left over, and swept.
 */
async function giveUpConsole(
  context: ServiceContext,
  name: string,
  kind: ConsoleKind,
  caller: Caller,
): Promise<Done> {
  const by = caller.actor;
  const { record, leftChanged } = await context.store.write(async (unit) => {
    const { node, record } = await requireConsole(unit, name, kind, caller, 'console.give-up');
    const incarnation = incarnationOf(record.state);
    if (!incarnation) {
      const next = disable(record, undefined);
      if (next !== record)
        await unit.audit({ kind: 'console.disabled', ...consoleParts(record), forced: true });
      return { record: next === record ? record : await unit.putConsole(next), leftChanged: undefined };
    }
    const leftChanged = leftByGivingUp(record, context.plugins.locating(incarnation.driver));
    const gone = { stopped: incarnation.generation, leftChanged };
    const next = stopped(disable(record, undefined), gone, unit.now) ?? record;
    await unit.audit({ kind: 'console.disabled', ...consoleParts(record), forced: true });
    const stored = await unit.putConsole(next);
    await endSessions(unit, stored, stored.generation);
    await deleteWithLastConsole(unit, node.id);
    return { record: stored, leftChanged };
  }, by);
  if (leftChanged) {
    context.logger.warn(
      { console: record.id, node: record.nodeName, kind, by, leftChanged },
      'a console was given up without its driver; what it changed at the machine stays',
    );
  }
  return { record, reduced: false };
}

async function answer(
  context: ServiceContext,
  { record, reduced }: Done,
  done: (record: ConsoleRecord) => boolean,
  wait: number | undefined,
  signal: AbortSignal,
): Promise<WireConsole> {
  if (wait === undefined || done(record)) return withFacts(context, { record, reduced });
  const settled = await waitForConsole(context, record.id, done, wait, signal);
  return withFacts(context, { record: settled ?? record, reduced });
}

async function withFacts(context: ServiceContext, { record, reduced }: Done): Promise<WireConsole> {
  const facts = await context.store.consoleFacts([record.id]);
  const console = consoleToWire(record, facts.get(record.id), context.maxSessions);
  return reduced ? reducedConsole(console) : console;
}

function durationOf(field: string, ms: number | undefined, longest: number): number | undefined {
  if (ms === undefined || (ms >= 0 && ms <= longest)) return ms;
  const message = `expected at most ${longest / 60_000} minutes`;
  throw new MeshError('FIELD_INVALID', `${field}: ${message}`, {
    violations: [{ field, reason: 'FIELD_INVALID', message }],
  });
}
