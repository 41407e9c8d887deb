import type { Admission } from '@consolemesh/contracts/conductor';
import { errorRow, MeshError } from '@consolemesh/errors';
import { measure, type OpenSpan, startSpan } from '@consolemesh/telemetry';
import type { End } from './end.ts';
import type { LiveSession } from './registry.ts';

/** A client's way from its connection to its first picture, as traces and metrics tell it. */
export interface Opening {
  /** Runs something inside its span. */
  run<T>(work: () => T): T;
  /** The client has just said that it wants the console; said again, the time before was a person's. */
  asked(): void;
  admitted(session: LiveSession, admission: Admission): void;
  /** The console was reached; its bytes are relayed from now on. */
  reached(): void;
  /** The first of them goes to the client. */
  pictured(): void;
  /** Over; what comes after the first picture is not its business. */
  end(end: End): void;
}

/** Begins with the connection of a client. */
export function createOpening(kind: 'graphical' | 'serial'): Opening {
  const span = startSpan('open console', {
    kind: 'server',
    parent: 'root',
    attributes: { 'consolemesh.kind': kind },
  });
  let askedAt = performance.now();
  let route = '';
  let picture: OpenSpan | undefined;
  let over = false;
  return {
    run: (work) => span.run(work),
    asked() {
      askedAt = performance.now();
    },
    admitted(session, { session: admitted, endpoint, consoleTrace }) {
      route = endpoint?.transport?.$case === 'relay' ? 'relay' : 'direct';
      span.link(consoleTrace);
      span.set({
        'consolemesh.session_id': session.sessionId,
        'consolemesh.console_id': session.consoleId,
        'consolemesh.node': admitted?.nodeName ?? '',
        'consolemesh.role': session.role,
        'consolemesh.route': route,
      });
    },
    reached() {
      picture = span.run(() => startSpan('first picture'));
    },
    pictured() {
      if (over) return;
      over = true;
      measure('consolemesh_first_picture_seconds', (performance.now() - askedAt) / 1000, { kind, route });
      picture?.end();
      span.end();
    },
    end({ reason }) {
      if (over) return;
      over = true;
      picture?.end();
      // An end that somebody wanted is no failure.
      const wanted = errorRow(reason).recovery === 'none';
      if (wanted) span.set({ 'consolemesh.reason': reason });
      span.end(wanted ? undefined : { error: new MeshError(reason) });
    },
  };
}
