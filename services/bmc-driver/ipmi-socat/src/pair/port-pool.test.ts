import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createPortPool } from './port-pool.ts';

/** A listener on a free port of loopback. */
async function occupied() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port, range: { from: port, to: port + 1 }, close, [Symbol.asyncDispose]: close };
}

describe('the ports of consoles', () => {
  it('are given once each, and again when they were given back', async () => {
    const [a, b] = [await occupied(), await occupied()];
    await Promise.all([a.close(), b.close()]);
    const pool = createPortPool([a.range, b.range], '127.0.0.1');
    const taken = await Promise.all(['1', '2'].map((id) => pool.take(id, {})));
    expect(taken.sort()).toEqual([a.port, b.port].sort());
    await expect(pool.take('3', {})).rejects.toMatchObject({ reason: 'RESOURCE_EXHAUSTED' });
    await expect(pool.take('3', {})).rejects.toThrow(
      `${a.port}:${a.port + 1}, ${b.port}:${b.port + 1} is taken; widen CONSOLEMESH_SOCAT_PORT_RANGE`,
    );
    pool.release('1');
    expect(taken).toContain(await pool.take('3', {}));
  });

  it('leave out where somebody else listens', async () => {
    await using foreign = await occupied();
    const free = await occupied();
    await free.close();
    const pool = createPortPool([foreign.range, free.range], '127.0.0.1');
    expect(await pool.take('1', {})).toBe(free.port);
  });

  it('are the ones of before where these are free', async () => {
    const [a, b] = [await occupied(), await occupied()];
    await Promise.all([a.close(), b.close()]);
    const pool = createPortPool([a.range, b.range], '127.0.0.1');
    expect(await pool.take('1', { before: b.port })).toBe(b.port);
    expect(await pool.take('2', { before: b.port })).toBe(a.port);
  });

  it('are the node’s own where it names one, and the error says who has it', async () => {
    await using foreign = await occupied();
    const free = await occupied();
    await free.close();
    const pool = createPortPool([], '127.0.0.1');
    expect(await pool.take('1', { fixed: free.port })).toBe(free.port);
    await expect(pool.take('2', { fixed: free.port })).rejects.toThrow(
      'taken by the console of another node',
    );
    await expect(pool.take('3', { fixed: foreign.port })).rejects.toThrow(
      'taken by another program of this host',
    );
    await expect(pool.take('3', { fixed: foreign.port })).rejects.toMatchObject({
      reason: 'RESOURCE_EXHAUSTED',
      metadata: { field: 'driver_info.ipmi_terminal_port' },
    });
  });
});
