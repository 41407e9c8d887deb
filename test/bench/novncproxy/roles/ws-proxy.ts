import { connect } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

// The proxy that anybody would write first: `ws`, no token, no filter, no limits. For orientation.
const [port, target] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ host: '127.0.0.1', port: port!, perMessageDeflate: false });
server.on('connection', (client: WebSocket) => {
  const machine = connect(target!, '127.0.0.1');
  machine.on('data', (chunk) => {
    client.send(chunk, () => machine.resume());
    if (client.bufferedAmount > 1024 * 1024) machine.pause();
  });
  client.on('message', (data: Buffer) => {
    if (!machine.write(data)) client.pause();
  });
  machine.on('drain', () => client.resume());
  client.on('close', () => machine.destroy());
  machine.on('close', () => client.terminate());
  client.on('error', () => {});
  machine.on('error', () => {});
});
