import { randomUUID } from 'node:crypto';
import { DriverServiceDefinition } from '@consolemesh/contracts/driver';
import { type AttachRequest, StreamServiceDefinition } from '@consolemesh/contracts/stream';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { connect, makeAttachTicket, plaintext } from '@consolemesh/mesh';
import { startSolProcess } from '../../harness/sol-process.ts';

const attachKey = Buffer.alloc(32, 7);

/** Somebody who looks at a console. */
export interface Viewer {
  /** Bytes that came. */
  bytes(): number;
  /** Resolves when a machine has said this character. */
  sees(character: string): Promise<void>;
  type(text: string): void;
  leave(): void;
}

/** The driver as a process, called as a conductor and proxies call it. */
export async function startOurs(nodeArgs: readonly string[]) {
  const driver = await startSolProcess({}, nodeArgs);
  const connection = connect(driver.target, { trust: plaintext, retries: false, deadlineMs: 60_000 });
  const client = connection.client(DriverServiceDefinition);
  const stream = connection.client(StreamServiceDefinition);

  async function start(port: number, hold: 'viewers' | 'always'): Promise<string> {
    const consoleId = randomUUID();
    await client.startConsole({
      context: {
        key: { consoleId, generation: 1n },
        kind: ConsoleKind.SERIAL,
        fence: 1n,
        node: {
          nodeId: consoleId,
          nodeName: 'bench',
          driverInfo: {
            ipmi_address: '127.0.0.1',
            ipmi_port: `${port}`,
            ipmi_username: 'consoles',
            ipmi_sol_hold: hold,
          },
          driverSecrets: { ipmi_password: 'pinewood' },
        },
        driverState: Buffer.alloc(0),
        restoreState: Buffer.alloc(0),
      },
      acceptable: [EndpointKind.RELAY],
      excluded: [],
      consolePassword: 'Xk7mQ2pz',
      attachKey,
    });
    return consoleId;
  }

  async function stop(consoleId: string): Promise<void> {
    const key = { consoleId, generation: 1n };
    const node = { nodeId: consoleId, nodeName: 'bench', driverInfo: {}, driverSecrets: {} };
    const none = Buffer.alloc(0);
    await client.stopConsole({
      context: { key, kind: ConsoleKind.SERIAL, fence: 1n, node, driverState: none, restoreState: none },
      consolePassword: '',
    });
  }

  function attach(consoleId: string): Viewer {
    const ticket = makeAttachTicket(attachKey, {
      consoleId,
      generation: 1n,
      sessionId: randomUUID(),
      subject: 'bench',
      role: 'control',
      expiresAt: Date.now() + 600_000,
    });
    const abort = new AbortController();
    const outgoing: AttachRequest[] = [
      { frame: { $case: 'open', value: { ticket, role: 0, size: undefined } } },
    ];
    let wake = () => {};
    let bytes = 0;
    const awaited = new Map<number, () => void>();
    async function* requests(): AsyncGenerator<AttachRequest> {
      while (!abort.signal.aborted) {
        const next = outgoing.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    void (async () => {
      for await (const { frame } of stream.attach(requests(), { signal: abort.signal })) {
        if (frame?.$case !== 'data' || !frame.value) continue;
        bytes += frame.value.length;
        for (const [character, came] of awaited) {
          if (!frame.value.includes(character)) continue;
          awaited.delete(character);
          came();
        }
      }
    })().catch(() => {});
    return {
      bytes: () => bytes,
      sees: (character) => new Promise((resolve) => awaited.set(character.charCodeAt(0), resolve)),
      type(text) {
        outgoing.push({ frame: { $case: 'data', value: Buffer.from(text) } });
        wake();
      },
      leave() {
        abort.abort();
        wake();
      },
    };
  }

  return {
    pid: driver.pid,
    start,
    stop,
    attach,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await driver.end('SIGTERM');
    },
  };
}
