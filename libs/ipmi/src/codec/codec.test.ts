import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IpmiError } from '../errors.ts';
import { encodeAsf, parseAsf } from './asf.ts';
import { checksum, encodeRequest, encodeResponse, parseRequest, parseResponse } from './message.ts';
import {
  encodeOpenSessionRequest,
  encodeOpenSessionResponse,
  parseOpenSessionRequest,
  parseOpenSessionResponse,
} from './open-session.ts';
import { encodePacket, parsePacket } from './packet.ts';
import { encodeRakp1, parseRakp1 } from './rakp1.ts';
import { encodeRakp2, parseRakp2 } from './rakp2.ts';
import { encodeRakp3, parseRakp3 } from './rakp3.ts';
import { encodeRakp4, parseRakp4 } from './rakp4.ts';
import { encodeRmcp, parseRmcp } from './rmcp.ts';
import { encodeSol, parseSol } from './sol.ts';
import { encodeWrapper15, parseWrapper15 } from './wrapper-15.ts';

const bits = (n: number) => fc.nat(2 ** n - 1);
const u8 = bits(8);
const u32 = bits(32);
const flag = fc.boolean();
const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((b) => Buffer.from(b));
const algorithms = fc.record({ authentication: bits(6), integrity: bits(6), confidentiality: bits(6) });

function row<T>(name: string, value: fc.Arbitrary<T>, encode: (v: T) => Buffer, parse: (b: Buffer) => T) {
  return {
    name,
    value: value as fc.Arbitrary<unknown>,
    encode: encode as (v: unknown) => Buffer,
    parse: parse as (b: Buffer) => unknown,
  };
}

const setup = { tag: u8, consoleSessionId: u32 };
const rows = [
  row(
    'the RMCP header',
    fc.record({ kind: fc.constantFrom('asf' as const, 'ipmi' as const), body: bytes(0, 40) }),
    ({ kind, body }) => encodeRmcp(kind, body),
    parseRmcp,
  ),
  row(
    'the ASF message',
    fc.oneof(
      fc.record({ kind: fc.constant('ping' as const), tag: u8 }),
      fc.record({ kind: fc.constant('pong' as const), tag: u8, ipmi: flag, enterprise: u32 }),
    ),
    encodeAsf,
    parseAsf,
  ),
  row('the IPMI 1.5 header', bytes(0, 255), encodeWrapper15, parseWrapper15),
  row(
    'the RMCP+ packet',
    fc
      .record({
        payloadType: bits(6),
        encrypted: flag,
        authenticated: flag,
        sessionId: u32,
        sequence: u32,
        payload: bytes(0, 300),
        oem: fc.record({ iana: u32, payloadId: bits(16) }),
      })
      .map(({ oem, ...packet }) => (packet.payloadType === 2 ? { ...packet, oem } : packet)),
    encodePacket,
    (b) => parsePacket(b).packet,
  ),
  row(
    'the IPMI request',
    fc.record({
      netFn: bits(5).map((n) => n * 2),
      sequence: bits(6),
      command: u8,
      data: bytes(0, 40),
      lun: bits(2),
      from: u8,
      to: u8,
    }),
    encodeRequest,
    parseRequest,
  ),
  row(
    'the IPMI response',
    fc.record({
      netFn: bits(5).map((n) => n * 2 + 1),
      sequence: bits(6),
      command: u8,
      completionCode: u8,
      data: bytes(0, 40),
      lun: bits(2),
      from: u8,
      to: u8,
    }),
    encodeResponse,
    parseResponse,
  ),
  row(
    'Open Session Request',
    fc.record({ ...setup, privilege: bits(4), algorithms }),
    encodeOpenSessionRequest,
    parseOpenSessionRequest,
  ),
  row(
    'Open Session Response',
    fc.oneof(
      fc.record({ ...setup, status: fc.integer({ min: 1, max: 255 }), privilege: bits(4) }),
      fc.record({
        ...setup,
        status: fc.constant(0),
        privilege: bits(4),
        accepted: fc.record({ bmcSessionId: u32, algorithms }),
      }),
    ),
    encodeOpenSessionResponse,
    parseOpenSessionResponse,
  ),
  row(
    'RAKP 1',
    fc
      .record({
        tag: u8,
        bmcSessionId: u32,
        consoleRandom: bytes(16),
        role: bits(5),
        user: bytes(0, 16),
        paddedUser: flag,
      })
      .map(({ paddedUser, ...m }) => (paddedUser && m.user.length < 16 ? { ...m, paddedUser } : m)),
    encodeRakp1,
    parseRakp1,
  ),
  row(
    'RAKP 2',
    fc.oneof(
      fc.record({ ...setup, status: fc.integer({ min: 1, max: 255 }) }),
      fc.record({
        ...setup,
        status: fc.constant(0),
        proof: fc.record({ bmcRandom: bytes(16), guid: bytes(16), code: bytes(0, 40) }),
      }),
    ),
    encodeRakp2,
    parseRakp2,
  ),
  row(
    'RAKP 3',
    fc.record({ tag: u8, status: u8, bmcSessionId: u32, code: bytes(0, 40) }),
    encodeRakp3,
    parseRakp3,
  ),
  row('RAKP 4', fc.record({ ...setup, status: u8, check: bytes(0, 40) }), encodeRakp4, parseRakp4),
  row(
    'the SOL packet',
    fc.record({
      sequence: bits(4),
      acknowledged: bits(4),
      accepted: u8,
      flags: u8,
      characters: bytes(0, 255),
    }),
    encodeSol,
    parseSol,
  ),
];

describe.each(rows)('$name', ({ value, encode, parse }) => {
  it('is read as it is written', () => {
    fc.assert(fc.property(value, (v) => void expect(parse(encode(v))).toEqual(v)));
  });

  it('is refused with IpmiError alone when it is cut short, changed or nonsense', () => {
    const tampered = fc.tuple(value, fc.nat(), fc.nat(255), fc.nat()).map(([v, at, byte, cut]) => {
      const whole = Buffer.from(encode(v));
      if (whole.length > 0) whole[at % whole.length] = byte;
      return whole.subarray(0, cut % (whole.length + 1));
    });
    fc.assert(
      fc.property(fc.oneof(tampered, bytes(0, 80)), (data) => {
        try {
          parse(data);
        } catch (error) {
          expect(error).toBeInstanceOf(IpmiError);
        }
      }),
    );
  });
});

describe('an IPMI message', () => {
  const data = Buffer.from('04', 'hex');
  const request = encodeRequest({ netFn: 6, sequence: 1, command: 0x3b, data });

  it('has spans that add up to zero with their checksums', () => {
    expect(request.toString('hex')).toBe('2018c881043b043c');
    expect(checksum(request.subarray(0, 3))).toBe(0);
    expect(checksum(request.subarray(3))).toBe(0);
  });

  it('with a wrong checksum is read only where checksums are not looked at', () => {
    const response = encodeResponse({ netFn: 7, sequence: 1, command: 0x3b, completionCode: 0, data });
    response[response.length - 1]! ^= 1;
    expect(() => parseResponse(response)).toThrow(/checksum/);
    expect(parseResponse(response, { checksums: false })).toMatchObject({ completionCode: 0, data });
  });
});

describe('refusals of two bytes, as ipmi_sim sends them', () => {
  const refusal = Buffer.from('2204', 'hex');

  it('are read', () => {
    expect(parseOpenSessionResponse(refusal)).toMatchObject({ tag: 0x22, status: 4 });
    expect(parseRakp2(refusal)).toMatchObject({ tag: 0x22, status: 4 });
    expect(parseRakp4(refusal)).toMatchObject({ tag: 0x22, status: 4 });
  });
});
