import type { WsmanClient } from '@consolemesh/wsman';

/** The same client, whose every request ends after so long; a list, which may take several, after three times that. */
export function withDeadlines(client: WsmanClient, deadlineMs: number): WsmanClient {
  return {
    identify: (options) => client.identify({ deadlineMs, ...options }),
    enumerate: (uri, options) => client.enumerate(uri, { deadlineMs: 3 * deadlineMs, ...options }),
    get: (uri, selectors, options) => client.get(uri, selectors, { deadlineMs, ...options }),
    invoke: (uri, method, selectors, parameters, options) =>
      client.invoke(uri, method, selectors, parameters, { deadlineMs, ...options }),
  };
}
