import { Readable } from 'node:stream';
import { duplexPair, trickle } from '@consolemesh/bytes/testing';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { createFramebuffer, createFramebufferServer } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { ConsoleLost } from './console-lost.ts';
import { collect, sends, startTestDriver } from './testing/start-test-driver.ts';

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );

describe('a served driver', () => {
  it('DRV-START-7 tells the driver when the caller has gone, and holds nothing afterwards', async () => {
    let gone = false;
    const caller = new AbortController();
    await using test = await startTestDriver({
      start: (_console, signal) =>
        new Promise((_, reject) => {
          caller.abort();
          signal.addEventListener('abort', () => {
            gone = true;
            reject(signal.reason);
          });
        }),
    });
    const call = test.driver.startConsole(test.request(), { signal: caller.signal });
    await expect(call).rejects.toThrow();
    await expect.poll(() => gone).toBe(true);
    await expect.poll(async () => (await test.driver.listConsoles({})).consoles).toEqual([]);
  });

  it('refuses a driver that answers what was not acceptable', async () => {
    await using test = await startTestDriver({
      start: async () => ({ kind: 'container', why: 'x', app: 'a', appInfo: {} }),
    });
    expect(await reasonOf(test.driver.startConsole(test.request()))).toBe('PLUGIN_ANSWER_INVALID');
  });

  it('answers INTERNAL without a word of what the driver threw', async () => {
    await using test = await startTestDriver({
      start: async () => {
        throw new Error('password is hunter22');
      },
    });
    const error = await test.driver.startConsole(test.request()).catch((e: MeshError) => e);
    expect(error).toMatchObject({ reason: 'INTERNAL' });
    expect(JSON.stringify(error)).not.toContain('hunter22');
    const { console } = await test.driver.getConsole({ context: test.request().context });
    expect(console).toMatchObject({ phase: ConsolePhase.STOPPED, failure: { reason: 'INTERNAL' } });
    expect(console?.failure?.message).not.toContain('hunter22');
  });

  it.each([
    [false, ['start', 'stop', 'start']],
    [true, ['start', 'start']],
  ])(
    'ends what failed before it is started again, unless the driver goes on from there: %s',
    async (startRepeats, expected) => {
      const log: string[] = [];
      await using test = await startTestDriver({
        startRepeats,
        start: async () => {
          log.push('start');
          if (log.length === 1) throw new MeshError('BMC_NOT_READY');
          return { kind: 'relay', why: 'x' };
        },
        openStream: async () => ({ stream: duplexPair()[0] }),
        stop: async ({ consolePassword }) => {
          log.push(consolePassword === 'Passw0rd' ? 'stop' : 'stop without the password');
        },
      });
      expect(await reasonOf(test.driver.startConsole(test.request()))).toBe('BMC_NOT_READY');
      await test.driver.startConsole(test.request());
      expect(log).toEqual(expected);
    },
  );

  it('repeats no secret that a machine quotes', async () => {
    const fake_password = { type: 'string', description: 'A password.' } as const;
    await using test = await startTestDriver({
      options: {
        driver_info: { type: 'object', properties: {} },
        driver_secrets: { type: 'object', properties: { fake_password } },
      },
      start: async ({ node, consolePassword }) => {
        throw new MeshError('BMC_REFUSED', `it says: "${node.secrets.fake_password}", "${consolePassword}"`);
      },
    });
    const request = test.request();
    const node = { ...request.context?.node, driverSecrets: { fake_password: 'hunter22' } };
    const secret = { ...request, context: { ...request.context, node }, consolePassword: 'hunter33' };
    const error = await test.driver.startConsole(secret as typeof request).catch((e: MeshError) => e);
    expect(error).toMatchObject({ reason: 'BMC_REFUSED', message: 'it says: "***", "***"' });
    const { console } = await test.driver.getConsole({ context: secret.context as typeof request.context });
    expect(console?.failure?.message).toBe('it says: "***", "***"');
  });

  it('reports a change that the driver tells of, without waiting for the next look', async () => {
    let tell = () => {};
    let broken = false;
    await using test = await startTestDriver({
      start: async ({ changed }) => {
        tell = changed;
        return { kind: 'relay', why: 'x' };
      },
      check: async () => {
        if (broken) throw new MeshError('BMC_UNREACHABLE');
      },
      openStream: async () => ({ stream: duplexPair()[0] }),
    });
    await test.driver.startConsole(test.request());
    const abort = new AbortController();
    async function* subscriptions() {
      yield { change: { $case: 'subscribe' as const, value: test.request().context! } };
      await new Promise(() => {});
    }
    const phases: number[] = [];
    for await (const { notice } of test.driver.watchConsoles(subscriptions(), { signal: abort.signal })) {
      if (notice?.$case !== 'console') continue;
      phases.push(notice.value!.phase!);
      if (phases.length === 1) {
        broken = true;
        tell();
      } else break;
    }
    abort.abort();
    expect(phases).toEqual([ConsolePhase.READY, ConsolePhase.DEGRADED]);
  });
});

describe('a console that is lost', () => {
  it('is shown STOPPED with the reason, and a start ends it and makes it anew', async () => {
    const calls: string[] = [];
    let lost = false;
    await using test = await startTestDriver({
      start: async () => {
        calls.push('start');
        lost = false;
        return { kind: 'relay', why: 'x' };
      },
      check: async () => {
        if (lost) throw new ConsoleLost('BMC_REFUSED', 'Somebody has switched it off.');
      },
      stop: async () => void calls.push('stop'),
      openStream: async () => ({ stream: duplexPair()[0] }),
    });
    await test.driver.startConsole(test.request());
    lost = true;
    const { console } = await test.driver.getConsole({ context: test.request().context });
    expect(console).toMatchObject({
      phase: ConsolePhase.STOPPED,
      failure: { reason: 'BMC_REFUSED', message: 'Somebody has switched it off.' },
    });
    await test.driver.startConsole(test.request());
    expect(calls).toEqual(['start', 'stop', 'start']);
    const again = await test.driver.getConsole({ context: test.request().context });
    expect(again.console?.phase).toBe(ConsolePhase.READY);
  });
});

describe('a console that is stopped', () => {
  const text = { type: 'string', description: 'x' } as const;
  const stopWith = async (driverInfo: Record<string, string>, restoreState: string) => {
    const stops: unknown[] = [];
    await using test = await startTestDriver({
      options: {
        driver_info: { type: 'object', properties: { pin: text } },
        driver_secrets: { type: 'object', properties: {} },
      },
      stop: async ({ node }) => void stops.push(node.info),
      openStream: () => Promise.reject(new MeshError('UNIMPLEMENTED')),
    });
    const request = test.request();
    const context = {
      ...request.context!,
      restoreState: Buffer.from('found'),
      node: { ...request.context!.node!, driverInfo: { pin: 'old' } },
    };
    await test.driver.startConsole({ ...request, context });
    await test.driver.stopConsole({
      context: {
        ...context,
        restoreState: Buffer.from(restoreState),
        node: { ...context.node, driverInfo },
      },
    });
    return stops;
  };

  it('DRV-STOP-6 is reached with the options that come with the stop', async () => {
    expect(await stopWith({ pin: 'new' }, 'found')).toEqual([{ pin: 'new' }]);
  });

  it('is reached with those of its start where the new ones have mistakes, or the caller knows nothing of the start', async () => {
    expect(await stopWith({ pin: 'new', pni: 'x' }, 'found')).toEqual([{ pin: 'old' }]);
    expect(await stopWith({ pin: 'new' }, '')).toEqual([{ pin: 'old' }]);
  });
});

describe('a console that leaves nothing to stop', () => {
  it('ends although the machine refuses the credentials', async () => {
    let stops = 0;
    await using test = await startTestDriver({
      start: async () => {
        throw new MeshError('BMC_AUTHENTICATION_FAILED');
      },
      nothingToStop: ({ restoreState }) => restoreState.length === 0,
      stop: async () => void stops++,
    });
    const request = test.request();
    expect(await reasonOf(test.driver.startConsole(request))).toBe('BMC_AUTHENTICATION_FAILED');
    expect(await reasonOf(test.driver.stopConsole({ context: request.context }))).toBe('OK');
    expect(stops).toBe(0);
  });
});

describe('its relay', () => {
  it('carries a screen whose bytes come one at a time', async () => {
    const framebuffer = createFramebuffer(8, 8);
    const screen = createFramebufferServer({ framebuffer, name: 'slow' });
    await using test = await startTestDriver({
      consoles: [{ kind: 'graphical', endpointKinds: ['relay'], affinity: 'instance' }],
      openStream: async () => {
        const [ours, theirs] = duplexPair();
        void screen.serve(theirs, { security: ['VNC'], expected: { password: 'secret' } }).catch(() => {});
        return { stream: trickle(ours, 1), rfb: { password: 'secret' } };
      },
    });
    await test.driver.startConsole(test.request(ConsoleKind.GRAPHICAL));
    const update = Buffer.from([3, 0, 0, 0, 0, 0, 0, 8, 0, 8]);
    const handshake = [...Buffer.from('RFB 003.008\n'), 1, 1].map((byte) => Buffer.of(byte));
    const abort = new AbortController();
    let received = Buffer.alloc(0);
    for await (const { frame } of test.attach(sends(...handshake, update), abort.signal)) {
      if (frame?.$case !== 'data') continue;
      received = Buffer.concat([received, frame.value]);
      // Banner, types, verdict, ServerInit with the name, and the update with its one rectangle of 8 × 8 pixels.
      if (received.length >= 12 + 2 + 4 + 24 + 4 + 4 + 12 + 256) break;
    }
    abort.abort();
    expect(received.subarray(0, 12).toString()).toBe('RFB 003.008\n');
    expect(received.includes('slow')).toBe(true);
  });

  it('ATTACH-15 stops a machine that talks without end while its client does not read', async () => {
    let produced = 0;
    await using test = await startTestDriver({
      openStream: async () => {
        const [ours, theirs] = duplexPair();
        const endless = new Readable({
          read() {
            produced += 65_536;
            setImmediate(() => this.push(Buffer.alloc(65_536)));
          },
        });
        endless.pipe(theirs);
        theirs.resume().on('end', () => endless.destroy());
        return { stream: ours };
      },
    });
    await test.driver.startConsole(test.request());
    const abort = new AbortController();
    const responses = test.attach(sends(), abort.signal)[Symbol.asyncIterator]();
    await responses.next();
    let before = -1;
    await expect
      .poll(
        () => {
          const stopped = produced === before;
          before = produced;
          return stopped;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    expect(produced).toBeLessThan(16 * 1024 * 1024);
    await responses.next();
    abort.abort();
    await responses.next().catch(() => {});
  });

  it('closes the upstream when its client has gone', async () => {
    let upstream: ReturnType<typeof duplexPair>[0] | undefined;
    await using test = await startTestDriver({
      openStream: async () => {
        const [ours, theirs] = duplexPair();
        upstream = theirs.resume();
        return { stream: ours };
      },
    });
    await test.driver.startConsole(test.request());
    const abort = new AbortController();
    const responses = test.attach(sends(), abort.signal)[Symbol.asyncIterator]();
    await responses.next();
    abort.abort();
    await responses.next().catch(() => {});
    await expect.poll(() => upstream?.readableEnded || upstream?.destroyed).toBe(true);
    await expect.poll(async () => (await test.driver.listConsoles({})).consoles[0]?.sessions).toBe(0);
  });

  it('says why the machine cannot be reached as the status of the call', async () => {
    await using test = await startTestDriver({
      openStream: async () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
    });
    await test.driver.startConsole(test.request());
    expect(await reasonOf(collect(test.attach(sends())))).toBe('BMC_REFUSED');
  });

  it('says what is wrong when a screen dies in the middle of its handshake', async () => {
    await using test = await startTestDriver({
      consoles: [{ kind: 'graphical', endpointKinds: ['relay'], affinity: 'instance' }],
      openStream: async () => {
        const [ours, theirs] = duplexPair();
        theirs.end('RFB 003.0');
        return { stream: ours };
      },
    });
    await test.driver.startConsole(test.request(ConsoleKind.GRAPHICAL));
    expect(await reasonOf(collect(test.attach(sends())))).toBe('BMC_PROTOCOL_ERROR');
  });

  it('flushes what the machine said before it closed, and then says so', async () => {
    await using test = await startTestDriver({
      openStream: async () => {
        const [ours, theirs] = duplexPair();
        theirs.end(Buffer.alloc(300_000, 7));
        return { stream: ours };
      },
    });
    await test.driver.startConsole(test.request());
    const { data, closing } = await collect(test.attach(sends()));
    expect(data.length).toBe(300_000);
    expect(closing).toBe('UPSTREAM_CLOSED');
  });

  it('ends its streams with DRAINING when the instance is shut down', async () => {
    await using test = await startTestDriver({ openStream: async () => ({ stream: duplexPair()[0] }) });
    await test.driver.startConsole(test.request());
    const responses = test.attach(sends());
    const iterator = responses[Symbol.asyncIterator]();
    await iterator.next();
    const end = collect({ [Symbol.asyncIterator]: () => iterator });
    await test.running[Symbol.asyncDispose]();
    expect((await end).closing).toBe('DRAINING');
  });

  it('refuses what is not an Attach at all within its time', async () => {
    await using test = await startTestDriver({ openStream: async () => ({ stream: duplexPair()[0] }) });
    await test.driver.startConsole(test.request());
    async function* tooLarge() {
      yield { frame: { $case: 'data' as const, value: Buffer.alloc(64 * 1024 + 1) } };
      await new Promise(() => {});
    }
    expect((await collect(test.attach(tooLarge()))).closing).toBe('MESSAGE_TOO_LARGE');
  });
});
