import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import { type Gate, same } from './create-gate.ts';
import { type Host, hostAt } from './host.ts';
import type { OpenbmcMisbehaviour } from './misbehaviour.ts';

/** The WebSockets of bmcweb that carry serial consoles (bmcweb, features/serial/obmc_console.hpp). */
export interface Consoles extends Disposable {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Open ones, by the id of their host. */
  readonly open: readonly string[];
  /** Drops all, without a goodbye. */
  drop(): void;
}

/** Largest frame that is sent. */
const largestFrame = 4096;
/** What waits for somebody who does not read, bytes; what the machine says beyond that is lost. */
const mostWaiting = 256 * 1024;
/** Half of Boost's idle time: then it pings, and hangs up when nothing has come by the end of the other half. */
const pingMs = 150_000;
const normalClosure = 1000;

export function createConsoles(options: {
  hosts: readonly Host[];
  gate: Gate;
  misbehave: OpenbmcMisbehaviour;
  clock: Clock;
}): Consoles {
  const { hosts, gate, misbehave, clock } = options;
  const open = new Map<WebSocket, string>();
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 64 * 1024,
    autoPong: true,
    // Whatever is asked for is echoed.
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });

  /** The status that refuses a request; undefined = welcome. */
  const judge = (request: IncomingMessage, host: Host | undefined): number | undefined => {
    const who = gate.judge(request.headers);
    if (!who || (misbehave.cookiesOnly && who.way !== 'cookie')) return 401;
    const protocol = String(request.headers['sec-websocket-protocol'] ?? '');
    if (who.way === 'cookie' && who.session && !same(gate.csrf(who.session), protocol)) return 401;
    if (!host || misbehave.noWebSocket) return 404;
    return who.user.privilege === 'administrator' ? undefined : 403;
  };

  const serve = (socket: WebSocket, host: Host) => {
    socket.on('error', () => {});
    if (open.size >= (misbehave.mostConsoles ?? 32)) {
      socket.close(normalClosure, 'Max sessions are already connected');
      return;
    }
    open.set(socket, host.id);
    const parts = [attach(socket, host, misbehave), keepAlive(socket, clock)];
    const { dieAfterMs } = misbehave;
    if (dieAfterMs !== undefined) parts.push(clock.after(dieAfterMs, () => socket.terminate()));
    socket.once('close', () => {
      open.delete(socket);
      for (const part of parts) part[Symbol.dispose]();
    });
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => {});
      const host = hostAt(hosts, (request.url ?? '/').split(/[?#]/)[0] ?? '/');
      const status = judge(request, host);
      if (status !== undefined || !host) {
        const phrase = status === 401 ? 'Unauthorized' : status === 403 ? 'Forbidden' : 'Not Found';
        const end = 'Connection: close\r\nContent-Length: 0\r\n\r\n';
        return void socket.end(`HTTP/1.1 ${status ?? 404} ${phrase}\r\n${end}`);
      }
      // The library answers pings unless told at its start.
      server.options.autoPong = !misbehave.deaf;
      server.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, host));
    },
    get open() {
      return [...open.values()];
    },
    drop() {
      for (const socket of open.keys()) socket.terminate();
    },
    [Symbol.dispose]() {
      for (const socket of open.keys()) socket.terminate();
      server.close();
    },
  };
}

/** Connects a socket with the serial line of a machine: raw bytes each way. */
function attach(socket: WebSocket, { machine }: Host, misbehave: OpenbmcMisbehaviour): Disposable {
  let sent = 0;
  const listening = machine.serial.listen((bytes) => {
    if (misbehave.mute || socket.bufferedAmount + bytes.length > mostWaiting) return;
    for (let at = 0; at < bytes.length; at += largestFrame) {
      const piece = bytes.subarray(at, at + largestFrame);
      socket.send(misbehave.asText ? piece.toString('utf8') : piece, { binary: !misbehave.asText });
      sent += piece.length;
      if (sent >= (misbehave.dieAfterBytes ?? Number.POSITIVE_INFINITY)) return socket.terminate();
    }
  });
  socket.on('message', (data: Buffer) => {
    if (!misbehave.readOnly) machine.serial.input(data);
  });
  return listening;
}

function keepAlive(socket: WebSocket, clock: Clock): Disposable {
  let quiet = 0;
  let timer: Disposable;
  const tick = () => {
    quiet++;
    if (quiet >= 2) return socket.terminate();
    socket.ping();
    timer = clock.after(pingMs, tick);
  };
  timer = clock.after(pingMs, tick);
  for (const sign of ['message', 'pong', 'ping']) {
    socket.on(sign, () => {
      quiet = 0;
    });
  }
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
