import { expect, it } from 'vitest';
import { socatArguments } from './socat-arguments.ts';

const plan = { address: '127.0.0.1', port: 10_000, folder: '/run/x/c-1', idleTimeoutMs: 0 };

it('bear one client, and name nothing but our own path to socat', () => {
  const [listen, exec, ...more] = socatArguments(plan);
  expect(more).toEqual([]);
  expect(listen).toContain('TCP4-LISTEN:10000,bind=127.0.0.1,');
  expect(listen).toContain(',fork,max-children=1,');
  expect(exec).toBe('EXEC:/bin/sh /run/x/c-1/run activate,pty,echo=0,icanon=0,isig=0');
});

it('put an IPv6 address into brackets and the idle time in front', () => {
  const [flag, seconds, listen] = socatArguments({ ...plan, address: '::1', idleTimeoutMs: 1_500 });
  expect([flag, seconds]).toEqual(['-T', '1.5']);
  expect(listen).toContain('TCP6-LISTEN:10000,bind=[::1],ipv6only=1,');
});
