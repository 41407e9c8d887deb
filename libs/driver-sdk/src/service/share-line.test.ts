import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { duplexPair } from '@consolemesh/bytes/testing';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { Capability, PluginServiceDefinition } from '@consolemesh/contracts/plugin';
import type { AttachRequest, AttachResponse } from '@consolemesh/contracts/stream';
import { EndpointAudience, TlsMode } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext } from '@consolemesh/mesh';
import { startTestTelemetry } from '@consolemesh/telemetry/testing';
import { describe, expect, it } from 'vitest';
import { ConsoleLost } from '../console-lost.ts';
import type { Driver, OpenedLine } from '../driver.ts';
import type { LineObserver } from '../hub/taps.ts';
import { decodeState } from '../state-envelope.ts';
import { startTestDriver } from '../testing/start-test-driver.ts';

/** A driver whose serial consoles have one line, which is the test itself. */
async function startLineDriver(
  driver: Partial<Driver> = {},
  options: { open?: () => Promise<OpenedLine>; observeLine?: () => LineObserver } = {},
) {
  const machines: Duplex[] = [];
  let breaks = 0;
  async function open(): Promise<OpenedLine> {
    const [ours, theirs] = duplexPair();
    machines.push(theirs.on('error', () => {}).resume());
    return {
      stream: ours,
      sendBreak: async () => {
        breaks += 1;
      },
    };
  }
  const test = await startTestDriver(
    {
      consoles: [{ kind: 'serial', endpointKinds: ['relay'], affinity: 'instance', takesBreak: true }],
      start: async () => ({ kind: 'relay', why: 'a test', lingerMs: 0 }),
      openLine: () => (options.open ?? open)(),
      ...driver,
    },
    { observeLine: options.observeLine },
  );
  const { request } = test;
  return {
    ...test,
    machines,
    open,
    breaks: () => breaks,
    console: async () => (await test.driver.getConsole({ context: request().context })).console!,
    /** Attaches and reads what comes, until it is told to leave. */
    viewer() {
      const abort = new AbortController();
      return viewerOf(test.attach(staying(), abort.signal), abort);
    },
  };
}

async function* staying(): AsyncGenerator<AttachRequest> {
  await new Promise(() => {});
}

function viewerOf(responses: AsyncIterable<AttachResponse>, abort: AbortController) {
  const events: string[] = [];
  let text = '';
  let closing = '';
  const ended = (async () => {
    for await (const { frame } of responses) {
      if (frame?.$case === 'data') text += frame.value.toString();
      const event = frame?.$case === 'event' ? frame.value.event : undefined;
      if (event) events.push(event.$case);
      if (event?.$case === 'closing') closing = event.value.reason;
    }
  })();
  ended.catch(() => {});
  return {
    events: () => events,
    text: () => text,
    closing: () => closing,
    ended,
    /** Resolves when the stream stands, and rejects with why it does not. */
    stands: () => Promise.race([ended, expect.poll(() => events[0], { interval: 5 }).toBe('opened')]),
    async leave() {
      abort.abort();
      await ended.catch(() => {});
    },
  };
}

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: { reason?: string }) => error.reason,
  );

describe('a driver that opens one line', () => {
  it('needs no stream for each client, and offers a place to 32 viewers', async () => {
    await using test = await startLineDriver();
    const { endpoints } = await test.driver.startConsole(test.request());
    expect(endpoints[0]?.maxSessions).toBe(32);
    const viewers = [test.viewer(), test.viewer(), test.viewer()];
    for (const viewer of viewers) await viewer.stands();
    expect(test.machines).toHaveLength(1);
    expect((await test.console()).sessions).toBe(3);
    await viewers[0]!.leave();
    await expect.poll(async () => (await test.console()).sessions).toBe(2);
  });

  it('is not needed for a serial console at a TCP address: its relay shares one connection', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {}).end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await using test = await startLineDriver({
      consoles: [{ kind: 'serial', endpointKinds: ['tcp'], affinity: 'instance' }],
      start: async () => ({
        kind: 'tcp',
        why: 'a test',
        address: { host: '127.0.0.1', port },
        maxSessions: 1,
      }),
    });
    const { endpoints } = await test.driver.startConsole(test.request());
    expect(endpoints[0]?.maxSessions).toBe(32);
    const viewers = [test.viewer(), test.viewer()];
    for (const viewer of viewers) await expect.poll(viewer.text).toContain('hello');
    expect(connections).toBe(1);
    server.close();
  });

  it('names the plain TCP address for the proxies of Nova beside the relay', async () => {
    await using test = await startLineDriver({
      start: async () => ({ kind: 'relay', why: 'a test', nova: { host: '::1', port: 10_000 } }),
    });
    const { endpoints } = await test.driver.startConsole(test.request());
    expect(endpoints.map(({ audience, transport }) => [audience, transport?.$case])).toEqual([
      [EndpointAudience.MESH, 'relay'],
      [EndpointAudience.NOVA, 'tcp'],
    ]);
    const { maxSessions, rfb, transport } = endpoints[1]!;
    const value = { host: '::1', port: 10_000, username: '', password: '', tls: { mode: TlsMode.NONE } };
    expect({ maxSessions, rfb, transport }).toMatchObject({ maxSessions: 1, transport: { value } });
    expect(rfb).toBeUndefined();
    expect((await test.console()).endpoints).toEqual(endpoints);
  });

  it('refuses more viewers than it says', async () => {
    await using test = await startLineDriver({
      start: async () => ({ kind: 'relay', why: 'a test', maxViewers: 1 }),
    });
    await test.driver.startConsole(test.request());
    await test.viewer().stands();
    expect(await reasonOf(test.viewer().ended)).toBe('CONSOLE_IN_USE');
  });

  it('advertises breaks when its lines take them, and sends them on the line', async () => {
    await using test = await startLineDriver();
    using connection = connect(test.running.target, { trust: plaintext });
    const { capabilities } = await connection.client(PluginServiceDefinition).getPluginCapabilities({});
    expect(capabilities).toContain(Capability.SERIAL_BREAK);
    await test.driver.startConsole(test.request());
    await test.driver.sendSerialBreak({ context: test.request().context });
    expect([test.breaks(), test.machines.length]).toEqual([1, 1]);
  });

  it('sends breaks by itself where its lines do not', async () => {
    let sent = 0;
    await using test = await startLineDriver(
      {
        sendBreak: async () => {
          sent += 1;
        },
      },
      { open: async () => ({ stream: (await test.open()).stream }) },
    );
    await test.driver.startConsole(test.request());
    await test.driver.sendSerialBreak({ context: test.request().context });
    expect(sent).toBe(1);
  });

  it('lets nobody read a secret in the words by which a machine refuses a break', async () => {
    const refused = () => Promise.reject(new MeshError('BMC_ERROR', 'no break for root:geheim-123'));
    const password = { type: 'string', description: 'of the machine' } as const;
    const none = { type: 'object', properties: {} } as const;
    await using test: Awaited<ReturnType<typeof startLineDriver>> = await startLineDriver(
      { options: { driver_info: none, driver_secrets: { type: 'object', properties: { password } } } },
      { open: async () => ({ stream: (await test.open()).stream, sendBreak: refused }) },
    );
    const { context, ...rest } = test.request();
    const node = { ...context!.node!, driverSecrets: { password: 'geheim-123' } };
    await test.driver.startConsole({ ...rest, context: { ...context!, node } });
    await expect(test.driver.sendSerialBreak({ context: { ...context!, node } })).rejects.toMatchObject({
      message: 'no break for root:***',
    });
  });

  it('holds the line from start to stop when it says so, and shows a recorder everything', async () => {
    let recorded = '';
    await using test = await startLineDriver(
      { start: async () => ({ kind: 'relay', why: 'a test', hold: 'always' }) },
      {
        observeLine: () => ({
          bytes(bytes) {
            recorded += bytes.toString();
          },
        }),
      },
    );
    await test.driver.startConsole(test.request());
    await expect.poll(() => test.machines.length).toBe(1);
    test.machines[0]!.write('booting');
    await expect.poll(() => recorded).toBe('booting');
    const viewer = test.viewer();
    await expect.poll(viewer.text).toContain('booting');
    await viewer.leave();
    let closed = false;
    test.machines[0]!.once('end', () => {
      closed = true;
    });
    await test.driver.stopConsole({ context: test.request().context });
    await expect.poll(() => closed).toBe(true);
  });
});

describe('what is remembered of a line', () => {
  it('comes back on later calls and is told to whoever watches, so that another instance knows it', async () => {
    const calls: { lost: string | undefined; state: string }[] = [];
    await using test = await startLineDriver({
      start: async () => ({ kind: 'relay', why: 'a test', hold: 'always', state: Buffer.from('started') }),
      async openLine({ state }, _signal, { lost, remember }) {
        calls.push({ lost: lost?.reason, state: state.toString() });
        remember(Buffer.from(`line ${calls.length}`));
        return test.open();
      },
    });
    const { driverState } = await test.driver.startConsole(test.request());
    await expect.poll(() => test.machines.length).toBe(1);
    const told = (await test.console()).driverState;
    expect(decodeState(told)?.state.toString()).toBe('line 1');
    expect(decodeState(told)?.answer.chosen).toBe(decodeState(driverState)?.answer.chosen);
    test.machines[0]!.end();
    await expect.poll(() => test.machines.length, { timeout: 15_000 }).toBe(2);
    expect(calls).toEqual([
      { lost: undefined, state: 'started' },
      { lost: 'UPSTREAM_CLOSED', state: 'line 1' },
    ]);
  });
});

describe('a console whose line is lost', () => {
  it('is DEGRADED with the reason until it is back, and its viewers stay', async () => {
    const errors: (MeshError | undefined)[] = [
      undefined,
      new MeshError('BMC_TIMEOUT', 'It does not answer.'),
    ];
    await using test = await startLineDriver(
      {},
      {
        open: async () => {
          const error = errors.shift();
          if (error) throw error;
          return test.open();
        },
      },
    );
    await test.driver.startConsole(test.request());
    const viewer = test.viewer();
    await viewer.stands();
    expect((await test.console()).phase).toBe(ConsolePhase.READY);
    test.machines[0]!.end();
    await expect
      .poll(async () => (await test.console()).failure?.reason, { timeout: 15_000 })
      .toBe('BMC_TIMEOUT');
    expect((await test.console()).phase).toBe(ConsolePhase.DEGRADED);
    // Started again as it stands: nothing is made anew, nobody is sent away.
    await test.driver.startConsole(test.request());
    await expect.poll(() => viewer.events().at(-1), { timeout: 15_000 }).toBe('upstreamRestored');
    expect(await test.console()).toMatchObject({ phase: ConsolePhase.READY, failure: undefined });
    expect(viewer.events()).toEqual(['opened', 'upstreamLost', 'upstreamLost', 'upstreamRestored']);
  });

  it('is counted: how many are how, how often they are lost, by why, and how often they come back', async () => {
    await using telemetry = await startTestTelemetry();
    await using test = await startLineDriver();
    const lines = async () => {
      const seen = [...(await telemetry.metrics())].filter(
        ([name, value]) => /serial_lines/.test(name) && value > 0,
      );
      return seen.map(([name, value]) => `${name.replace('consolemesh_serial_', '')} ${value}`).sort();
    };
    await test.driver.startConsole(test.request());
    expect(await lines()).toEqual(['lines{driver="test",state="idle"} 1']);
    const viewer = test.viewer();
    await viewer.stands();
    expect(await lines()).toEqual(['lines{driver="test",state="open"} 1']);
    test.machines[0]!.destroy();
    await expect.poll(viewer.events).toContain('upstreamRestored');
    const lost = [
      'lines_lost_total{driver="test",reason="UPSTREAM_CLOSED"} 1',
      'lines_restored_total{driver="test"} 1',
    ];
    expect(await lines()).toEqual([...lost, 'lines{driver="test",state="open"} 1']);
    await viewer.leave();
    await expect.poll(lines).toEqual([...lost, 'lines{driver="test",state="idle"} 1']);
    await test.driver.stopConsole({ context: test.request().context, consolePassword: '' });
    expect(await lines()).toEqual(lost);
  });

  it('is READY while somebody else holds the only line, and STOPPED when it has to be started again', async () => {
    let error = new MeshError('BMC_BUSY', 'Somebody else is on the line.');
    await using test = await startLineDriver(
      { start: async () => ({ kind: 'relay', why: 'a test', hold: 'always' }) },
      {
        open: async () => {
          throw error;
        },
      },
    );
    await test.driver.startConsole(test.request());
    expect((await test.console()).phase).toBe(ConsolePhase.READY);
    error = new ConsoleLost('BMC_ERROR', 'Somebody switched it off.');
    await expect.poll(async () => (await test.console()).phase).toBe(ConsolePhase.STOPPED);
  });

  it('presents refused credentials once', async () => {
    let tries = 0;
    await using test = await startLineDriver(
      {},
      {
        open: async () => {
          tries += 1;
          throw new MeshError('BMC_AUTHENTICATION_FAILED');
        },
      },
    );
    await test.driver.startConsole(test.request());
    for (let i = 0; i < 3; i += 1) {
      expect(await reasonOf(test.viewer().ended)).toBe('BMC_AUTHENTICATION_FAILED');
    }
    expect(tries).toBe(1);
  });
});

describe('the viewers of a console', () => {
  it('are told why it ends, and the line is closed when the call is answered', async () => {
    await using test = await startLineDriver();
    await test.driver.startConsole(test.request());
    const viewers = [test.viewer(), test.viewer()];
    for (const viewer of viewers) await viewer.stands();
    let closed = false;
    test.machines[0]!.once('end', () => {
      closed = true;
    });
    await test.driver.stopConsole({ context: test.request().context });
    for (const viewer of viewers) {
      await viewer.ended;
      expect(viewer.closing()).toBe('CONSOLE_DISABLED');
    }
    await expect.poll(() => closed).toBe(true);
  });

  it('are sent elsewhere when the instance is shut down', async () => {
    const test = await startLineDriver();
    await test.driver.startConsole(test.request());
    const viewer = test.viewer();
    await viewer.stands();
    await test[Symbol.asyncDispose]();
    await viewer.ended.catch(() => {});
    expect(viewer.closing()).toBe('DRAINING');
  });
});

describe('stopping what runs at this host', () => {
  it.each([
    [true, 'OK'],
    [undefined, 'BMC_AUTHENTICATION_FAILED'],
  ])(
    'with stopIsLocal %s is told %s where the machine had refused the credentials',
    async (stopIsLocal, told) => {
      let stops = 0;
      await using test = await startLineDriver({
        ...(stopIsLocal ? { stopIsLocal } : {}),
        validate: () => Promise.reject(new MeshError('BMC_AUTHENTICATION_FAILED')),
        stop: async () => {
          stops += 1;
        },
      });
      const { context } = test.request();
      await test.driver.startConsole(test.request());
      await test.driver.validateNode({ node: context!.node, checkReachability: true });
      expect(await reasonOf(test.driver.stopConsole({ context }))).toBe(told);
      expect(stops).toBe(stopIsLocal ? 1 : 0);
    },
  );
});
