import { BadValue } from '@consolemesh/config';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatPortRange, parsePortRange, portsOf } from './port-ranges.ts';

it('takes the ports of each segment without its end, as Ironic does, and each port once', () => {
  const ranges = ['10:13', '20000:20002', '12:14'].map(parsePortRange);
  expect([...portsOf(ranges)]).toEqual([10, 11, 12, 20_000, 20_001, 13]);
});

it.each(['', '10000', '10000-10100', '0:10', '5:5', '9:5', '65535:65537', '1:2:3', ' 1:2'])(
  'does not take %j for a segment',
  (text) => expect(() => parsePortRange(text)).toThrow(BadValue),
);

it('writes a segment as it reads it', () => {
  const ports = fc.integer({ min: 1, max: 65_536 });
  fc.assert(
    fc.property(ports, ports, (a, b) => {
      fc.pre(a < b);
      expect(parsePortRange(formatPortRange({ from: a, to: b }))).toEqual({ from: a, to: b });
    }),
  );
});
