import { observe } from '@consolemesh/telemetry';
import type { Counters } from './counters.ts';

/** Shows the counts of a proxy as metrics, until it is disposed. */
export function observeCounters(kind: 'graphical' | 'serial', counters: Counters): Disposable {
  const observed = [
    observe('consolemesh_sessions_open', () =>
      [...counters.open].map(({ role }) => ({ labels: { kind, role }, value: 1 })),
    ),
    observe('consolemesh_sessions_opened_total', () => [
      { labels: { kind }, value: counters.sessionsOpened },
    ]),
    observe('consolemesh_sessions_ended_total', () =>
      [...counters.sessionsEnded].map(([reason, value]) => ({ labels: { kind, reason }, value })),
    ),
    observe('consolemesh_openings_refused_total', () =>
      [...counters.refused].map(([reason, value]) => ({ labels: { kind, reason }, value })),
    ),
    observe('consolemesh_session_bytes_total', () => {
      let { bytesToClient, bytesFromClient } = counters;
      for (const { traffic } of counters.open) {
        bytesToClient += traffic.toClient;
        bytesFromClient += traffic.fromClient;
      }
      return [
        { labels: { kind, direction: 'to_client' }, value: bytesToClient },
        { labels: { kind, direction: 'from_client' }, value: bytesFromClient },
      ];
    }),
  ];
  return {
    [Symbol.dispose]() {
      for (const metric of observed) metric[Symbol.dispose]();
    },
  };
}
