import { randomBytes } from 'node:crypto';
import { DriverServiceDefinition, type StartConsoleRequest } from '@consolemesh/contracts/driver';
import {
  type AttachRequest,
  type AttachResponse,
  StreamServiceDefinition,
} from '@consolemesh/contracts/stream';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { connect, makeAttachTicket, plaintext, silentLogger } from '@consolemesh/mesh';
import type { Driver } from '../driver.ts';
import { type ServeDriverOptions, serveDriver } from '../serve-driver.ts';

const anyOptions = { type: 'object', properties: {} } as const;

/** A driver for one test, served, with clients. What is left out is the least that works: a serial console that is a relay. */
export async function startTestDriver(
  driver: Partial<Driver>,
  options: Partial<Pick<ServeDriverOptions<never, never>, 'observeLine' | 'consoleLog'>> = {},
) {
  const running = await serveDriver({
    name: 'test',
    version: '1.0.0',
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    checkIntervalMs: 1_000,
    ...options,
    driver: {
      options: { driver_info: anyOptions, driver_secrets: anyOptions },
      consoles: [{ kind: 'serial', endpointKinds: ['relay'], affinity: 'instance' }],
      start: async () => ({ kind: 'relay', why: 'a test', maxSessions: 4 }),
      ...driver,
    },
  });
  const connection = connect(running.target, { trust: plaintext, retries: false });
  const stream = connection.client(StreamServiceDefinition);
  const attachKey = randomBytes(32);
  const request = (kind: ConsoleKind = ConsoleKind.SERIAL): StartConsoleRequest => ({
    context: {
      key: { consoleId: 'c', generation: 1n },
      kind,
      fence: 1n,
      node: { nodeId: 'n', nodeName: 'n', driverInfo: {}, driverSecrets: {} },
      driverState: Buffer.alloc(0),
      restoreState: Buffer.alloc(0),
    },
    acceptable: [EndpointKind.RELAY],
    excluded: [],
    consolePassword: 'Passw0rd',
    attachKey,
  });
  return {
    running,
    driver: connection.client(DriverServiceDefinition),
    request,
    /** Attaches; `requests` are sent after `open`, then the client stays. */
    attach(requests: AsyncIterable<AttachRequest>, signal?: AbortSignal): AsyncIterable<AttachResponse> {
      const ticket = makeAttachTicket(attachKey, {
        consoleId: 'c',
        generation: 1n,
        sessionId: randomBytes(4).toString('hex'),
        subject: 'me',
        role: 'control',
        expiresAt: Date.now() + 60_000,
      });
      async function* all(): AsyncGenerator<AttachRequest> {
        yield { frame: { $case: 'open', value: { ticket, role: 0, size: undefined } } };
        yield* requests;
      }
      return stream.attach(all(), signal ? { signal } : {}) as AsyncIterable<AttachResponse>;
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      connection[Symbol.dispose]();
    },
  };
}

/** Requests of a client that sends these bytes and then stays. */
export async function* sends(...pieces: Buffer[]): AsyncGenerator<AttachRequest> {
  for (const value of pieces) yield { frame: { $case: 'data', value } };
  await new Promise(() => {});
}

/** Reasons and bytes of everything that a stream sent until its end. */
export async function collect(responses: AsyncIterable<AttachResponse>) {
  const data: Buffer[] = [];
  let closing: string | undefined;
  for await (const { frame } of responses) {
    if (frame?.$case === 'data') data.push(frame.value);
    if (frame?.value && frame.$case === 'event' && frame.value.event?.$case === 'closing')
      closing = frame.value.event.value.reason;
  }
  return { data: Buffer.concat(data), closing };
}
