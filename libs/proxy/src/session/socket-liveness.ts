import type { WebSocketLink } from '../websocket/websocket-link.ts';
import type { Client } from './client.ts';

/** How a WebSocket is asked for a sign of life. */
export function socketLiveness(socket: WebSocketLink): NonNullable<Client['liveness']> {
  return {
    ping: () => socket.ping(),
    unheard: () => socket.paused,
    get onAlive() {
      return socket.onAlive;
    },
    set onAlive(told) {
      socket.onAlive = told;
    },
  };
}
