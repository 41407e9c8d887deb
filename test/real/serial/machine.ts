import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A machine whose serial port is a TCP port: its shell knows `echo`, and one word of it is told apart from the next by one blank. */
export interface Machine extends AsyncDisposable {
  readonly port: number;
  /** Numbers of the whole lines that were typed there, in their order. */
  readonly entered: readonly number[];
}

export async function startMachine(port: number): Promise<Machine> {
  const entered: number[] = [];
  const sockets = new Set<Socket>();
  let line = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      for (const character of bytes.toString('latin1')) socket.write(take(character));
    });
  });

  function take(character: string): string {
    if (character !== '\r') {
      line = (line + character).slice(-200);
      return character;
    }
    const typed = /^echo heard {2}(\d{6});$/.exec(line);
    line = '';
    if (!typed) return '\r\n$ ';
    entered.push(Number(typed[1]));
    return `\r\nheard ${typed[1]};\r\n$ `;
  }

  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    port,
    entered,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
