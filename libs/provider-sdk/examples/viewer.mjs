// A stand-in for a console container: a VNC server that shows one colour. Reads {app, appInfo, consolePassword} as JSON from standard
// input, prints its port, and runs until it is killed. Run it with tsx: it uses the TypeScript of @consolemesh/rfb as it is.
import { createServer } from 'node:net';
import { json } from 'node:stream/consumers';
import { createFramebuffer, createFramebufferServer } from '@consolemesh/rfb';

const { app, appInfo, consolePassword } = await json(process.stdin);
const wishes = JSON.parse(appInfo || '{}');
if (wishes.fail) process.exit(3);

const framebuffer = createFramebuffer(64, 48);
framebuffer.fill({ x: 0, y: 0, width: 64, height: 48 }, 0x336699);
const screen = createFramebufferServer({ framebuffer, name: app });
const server = createServer((socket) => {
  screen.serve(socket, { security: ['VNC'], expected: { password: consolePassword } }).catch(() => {});
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
