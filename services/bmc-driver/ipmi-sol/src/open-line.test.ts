import { once } from 'node:events';
import { MeshError } from '@consolemesh/errors';
import { createTransport, getDeviceId } from '@consolemesh/ipmi';
import { createBmc, serveBmc } from '@consolemesh/ipmi/bmc';
import { createLogger } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { createLearnedQuirks } from './learned-quirks.ts';
import { createLines } from './open-line.ts';
import type { IpmiInfo } from './options.ts';
import { ipmiNode } from './testing/ipmi-node.ts';
import { usualTimings } from './timings.ts';
import { withSession } from './with-session.ts';

const user = { id: 2, name: 'consoles', password: 'pinewood', privilege: 'administrator' } as const;

/** A BMC that serves sessions at one UDP port, and a driver's lines in front of it. */
async function stage() {
  const bmc = createBmc({ users: [user] });
  const transport = createTransport();
  const server = await serveBmc(bmc);
  const servers = [server];
  const timings = { ...usualTimings, answerMs: 300, stepMs: 100, tries: 2 };
  const logger = createLogger('test', 'error', { write() {} });
  const access = { transport, timings, learned: createLearnedQuirks() };
  const lines = createLines({ ...access, logger });
  const signal = AbortSignal.timeout(20_000);
  const nodeOf = (info: Partial<IpmiInfo> = {}) =>
    ipmiNode({ ipmi_address: '127.0.0.1', ipmi_port: server.port, ...info });
  return {
    bmc,
    server,
    lines,
    nodeOf,
    signal,
    power: { ...access, lines },
    open: (node = nodeOf()) =>
      lines.open({ node, state: Buffer.alloc(0) } as never, signal, { lost: undefined, remember: () => {} }),
    /** Serves the same BMC at one more port, which is the one that it names from now on. */
    async alsoServe() {
      const other = await serveBmc(bmc);
      servers.push(other);
      return other;
    },
    async [Symbol.asyncDispose]() {
      for (const each of servers) await each[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
      bmc[Symbol.dispose]();
    },
  };
}

describe('a BMC that wants its console at another port', () => {
  it('is given a session there, and commands go on where they were', async () => {
    await using world = await stage();
    const other = await world.alsoServe();
    const node = world.nodeOf();
    const { stream } = await world.open(node);
    stream.on('error', () => {});
    expect(other.port).not.toBe(node.info.ipmi_port);
    stream.write('x');
    expect(String((await once(world.bmc.serial, 'data'))[0])).toBe('x');
    expect(world.bmc.sessions).toHaveLength(1);
    expect(world.lines.held(`127.0.0.1:${node.info.ipmi_port}`)).toBeUndefined();
    stream.destroy();
    await once(stream, 'close');
    expect(world.bmc.sessions).toEqual([]);
    expect(world.bmc.solOwner).toBeUndefined();
  });

  it('where nobody is, is told of with both ports and the quirk that ignores it, and holds nothing', async () => {
    await using world = await stage();
    const other = await world.alsoServe();
    await other[Symbol.asyncDispose]();
    const error = await world.open().catch((e: unknown) => e as MeshError);
    expect(error).toBeInstanceOf(MeshError);
    expect(error).toMatchObject({
      reason: 'BMC_PROTOCOL_ERROR',
      metadata: { field: 'driver_info.ipmi_port' },
    });
    const { message } = error as MeshError;
    expect(message).toContain(`wants SOL on UDP port ${other.port}, not ${world.server.port}`);
    expect(message).toContain('ipmi_quirks = auto,solport');
    expect(message).toContain(`127.0.0.1:${other.port}: nothing listens`);
    expect(world.bmc.sessions).toEqual([]);
  });

  it('is not followed any further than once', async () => {
    await using world = await stage();
    const other = await world.alsoServe();
    let activations = 0;
    world.bmc.faults.completion = (name) => {
      if (name !== 'Activate Payload') return undefined;
      activations += 1;
      world.bmc.port = activations % 2 === 1 ? other.port : world.server.port;
      return undefined;
    };
    expect(await world.open().catch((e: unknown) => e)).toMatchObject({ reason: 'BMC_PROTOCOL_ERROR' });
    expect(activations).toBe(2);
    expect(world.bmc.sessions).toEqual([]);
  });
});

describe('the session of an open console', () => {
  it('is not closed under a call that uses it, and is used by no call that comes later', async () => {
    await using world = await stage();
    const node = world.nodeOf();
    const { stream } = await world.open(node);
    stream.on('error', () => {});
    let goOn = () => {};
    const paused = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const early = withSession(node, world.power, world.signal, async (session) => {
      await paused;
      return session.run(getDeviceId, {});
    });
    stream.destroy();
    const late = withSession(node, world.power, world.signal, (session) => session.run(getDeviceId, {}));
    expect(await late).toMatchObject({ ipmiVersion: { major: 2 } });
    goOn();
    expect(await early).toMatchObject({ ipmiVersion: { major: 2 } });
    await once(stream, 'close');
    expect(world.bmc.sessions).toEqual([]);
  });
});
