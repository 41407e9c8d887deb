import type { WsmanClient } from '@consolemesh/wsman';

/** The same client, whose every call ends after so long. */
export function limitCalls(client: WsmanClient, deadlineMs: number): WsmanClient {
  return {
    identify: (options) => client.identify({ deadlineMs, ...options }),
    enumerate: (uri, options) => client.enumerate(uri, { deadlineMs, ...options }),
    get: (uri, selectors, options) => client.get(uri, selectors, { deadlineMs, ...options }),
    invoke: (uri, method, selectors, parameters, options) =>
      client.invoke(uri, method, selectors, parameters, { deadlineMs, ...options }),
  };
}
