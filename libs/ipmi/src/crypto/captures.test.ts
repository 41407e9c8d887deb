import { describe, expect, it } from 'vitest';
import { encodeRequest, encodeResponse, parseRequest, parseResponse } from '../codec/message.ts';
import {
  encodeOpenSessionRequest,
  encodeOpenSessionResponse,
  parseOpenSessionRequest,
  parseOpenSessionResponse,
} from '../codec/open-session.ts';
import { encodePacket, PAYLOAD, parsePacket } from '../codec/packet.ts';
import { encodeRakp1, parseRakp1 } from '../codec/rakp1.ts';
import { encodeRakp2, parseRakp2 } from '../codec/rakp2.ts';
import { encodeRakp3, parseRakp3 } from '../codec/rakp3.ts';
import { encodeRakp4, parseRakp4 } from '../codec/rakp4.ts';
import { encodeRmcp, parseRmcp } from '../codec/rmcp.ts';
import { encodeSol, parseSol } from '../codec/sol.ts';
import { encodeWrapper15, parseWrapper15 } from '../codec/wrapper-15.ts';
import { type Capture, loadCapture } from '../testing/load-capture.ts';
import { deriveKeys, type Exchange, rakp2Code, rakp3Code, rakp4Check, userKey } from './keys.ts';
import { openPacket, sealPacket } from './protect.ts';
import { SUITES, suiteOf } from './suites.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

function exchangeOf(c: Capture): Exchange {
  return {
    consoleSessionId: hex(c.SIDm).readUInt32LE(),
    bmcSessionId: hex(c.SIDc).readUInt32LE(),
    consoleRandom: hex(c.Rm),
    bmcRandom: hex(c.Rc),
    guid: hex(c.guid),
    role: c.role,
    user: Buffer.from(c.user),
  };
}

/** Payloads outside a session, parsed and encoded again. */
const SETUP: Record<number, (payload: Buffer) => Buffer> = {
  [PAYLOAD.openSessionRequest]: (p) => encodeOpenSessionRequest(parseOpenSessionRequest(p)),
  [PAYLOAD.openSessionResponse]: (p) => encodeOpenSessionResponse(parseOpenSessionResponse(p)),
  [PAYLOAD.rakp1]: (p) => encodeRakp1(parseRakp1(p)),
  [PAYLOAD.rakp2]: (p) => encodeRakp2(parseRakp2(p)),
  [PAYLOAD.rakp3]: (p) => encodeRakp3(parseRakp3(p)),
  [PAYLOAD.rakp4]: (p) => encodeRakp4(parseRakp4(p)),
};

const rebuildMessage = (dir: string, message: Buffer) =>
  dir === 'client' ? encodeRequest(parseRequest(message)) : encodeResponse(parseResponse(message));

describe.each([3, 17] as const)('the recorded session with suite %i', (id) => {
  const capture = loadCapture(id);
  const suite = SUITES[id]!;
  const exchange = exchangeOf(capture);
  const kuid = userKey(Buffer.from(capture.password));
  const keys = deriveKeys(suite, kuid, exchange);

  it('gives the recorded keys', () => {
    expect(keys.sik.toString('hex')).toBe(capture.sik);
    expect(keys.k1.toString('hex')).toBe(capture.k1);
    expect(keys.k2.toString('hex')).toBe(capture.k2);
  });

  it('carries the codes that are computed from the password', () => {
    const payload = (type: number) =>
      capture.packets
        .map((p) => hex(p.hex))
        .filter((p) => p[4] === 0x06 && p[5] === type)
        .map((p) => parsePacket(parseRmcp(p).body).packet.payload)[0]!;
    const hash = suite.authentication;
    expect(rakp2Code(hash, kuid, exchange)).toEqual(parseRakp2(payload(PAYLOAD.rakp2)).proof?.code);
    expect(rakp3Code(hash, kuid, exchange)).toEqual(parseRakp3(payload(PAYLOAD.rakp3)).code);
    expect(rakp4Check(hash, keys.sik, exchange)).toEqual(parseRakp4(payload(PAYLOAD.rakp4)).check);
    expect(suiteOf(parseOpenSessionRequest(payload(PAYLOAD.openSessionRequest)).algorithms)).toBe(suite);
  });

  it.each(capture.packets)(
    'is rebuilt byte for byte at packet $n of the $dir',
    ({ dir, hex: text, note }) => {
      const { kind, body } = parseRmcp(hex(text));
      if (body[0] === 0) {
        const message = rebuildMessage(dir, parseWrapper15(body));
        expect(encodeRmcp(kind, encodeWrapper15(message)).toString('hex')).toBe(text);
        return;
      }
      const { packet } = parsePacket(body);
      const setup = SETUP[packet.payloadType];
      if (setup !== undefined) {
        const payload = setup(packet.payload);
        expect(encodeRmcp(kind, encodePacket({ ...packet, payload })).toString('hex')).toBe(text);
        return;
      }
      const plain = openPacket(body, keys);
      expect(note).toContain(`plain=${plain.payload.toString('hex')}`);
      const payload =
        plain.payloadType === PAYLOAD.sol
          ? encodeSol(parseSol(plain.payload))
          : rebuildMessage(dir, plain.payload);
      const iv = packet.payload.subarray(0, 16);
      const rebuilt = sealPacket({ ...plain, payload }, keys, () => iv);
      expect(encodeRmcp(kind, rebuilt).toString('hex')).toBe(text);
    },
  );
});
