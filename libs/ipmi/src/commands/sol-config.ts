import { fields, malformed } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';

/** Parameters of SOL (IPMI 2.0 table 26-5). */
export const SOL_PARAMETER = {
  setInProgress: 0,
  enable: 1,
  authentication: 2,
  accumulate: 3,
  retry: 4,
  nonVolatileBitRate: 5,
  volatileBitRate: 6,
  channel: 7,
  port: 8,
} as const;

/** Bits per second by the code on the wire. */
export const BIT_RATES: Readonly<Record<number, number>> = {
  6: 9_600,
  7: 19_200,
  8: 38_400,
  9: 57_600,
  10: 115_200,
};

export interface GetSolConfig {
  channel: number;
  parameter: number;
  /** Only ask which revision of the parameters there is. */
  revisionOnly?: boolean;
}

export interface SolParameter {
  revision: number;
  /** Empty where only the revision was asked for. */
  data: Buffer;
}

export interface SetSolConfig {
  channel: number;
  parameter: number;
  data: Buffer;
}

const codes = {
  128: 'the parameter is not supported',
  129: 'somebody else is changing parameters',
  130: 'the parameter cannot be written',
  131: 'the parameter cannot be read',
};

/**
 * IPMI 2.0 section 26.3
 * ```
 * request: bit 7 revision only, bits 3:0 channel | parameter | set 00 | block 00
 * response: revision | parameter data
 * ```
 */
export const getSolConfig: Command<GetSolConfig, SolParameter> = {
  name: 'Get SOL Configuration Parameters',
  netFn: NET_FN.transport,
  command: 0x22,
  codes,
  encodeRequest: (r) =>
    Buffer.from([(r.revisionOnly ? 0x80 : 0) | (r.channel & 0x0f), r.parameter & 0x7f, 0, 0]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const channel = f.u8();
    const parameter = f.u8() & 0x7f;
    f.skip(2);
    f.end();
    return {
      channel: channel & 0x0f,
      parameter,
      ...((channel & 0x80) !== 0 && { revisionOnly: true }),
    };
  },
  encodeResponse: (r) => Buffer.concat([Buffer.from([r.revision]), r.data]),
  parseResponse(data) {
    const f = fields(this.name, data);
    return { revision: f.u8(), data: f.rest() };
  },
};

/**
 * IPMI 2.0 section 26.2
 * ```
 * request: channel | parameter | parameter data
 * ```
 */
export const setSolConfig: Command<SetSolConfig, Empty> = {
  name: 'Set SOL Configuration Parameters',
  netFn: NET_FN.transport,
  command: 0x21,
  codes,
  encodeRequest: (r) => Buffer.concat([Buffer.from([r.channel & 0x0f, r.parameter & 0x7f]), r.data]),
  parseRequest(data) {
    const f = fields(this.name, data);
    return { channel: f.u8() & 0x0f, parameter: f.u8() & 0x7f, data: f.rest() };
  },
  ...emptyResponse,
};

/** What the parameters say, as far as they were read. */
export interface SolConfig {
  enabled?: boolean;
  forceEncryption?: boolean;
  forceAuthentication?: boolean;
  /** Least privilege level that may activate SOL. */
  privilege?: number;
  /** ms after which the BMC sends what it has. */
  accumulateMs?: number;
  /** Characters after which it sends at once. */
  sendThreshold?: number;
  retries?: number;
  retryMs?: number;
  /** Bits per second of the serial port; undefined = as the system set it. */
  bitRate?: number;
  channel?: number;
  port?: number;
}

/**
 * ```
 * 1: bit 0 enabled                              2: bit 7 force encryption, 6 force authentication, 3:0 privilege
 * 3: interval in 5 ms (0 is reserved) | threshold    4: bits 2:0 retries | interval in 10 ms
 * 5, 6: bits 3:0 bit rate                       7: bits 3:0 channel               8: U16 port
 * ```
 * @throws IpmiError MALFORMED
 */
export function parseSolParameter(parameter: number, data: Uint8Array): SolConfig {
  const f = fields(`SOL parameter ${parameter}`, data);
  switch (parameter) {
    case SOL_PARAMETER.enable:
      return { enabled: (f.u8() & 1) !== 0 };
    case SOL_PARAMETER.authentication: {
      const bits = f.u8();
      return {
        forceEncryption: (bits & 0x80) !== 0,
        forceAuthentication: (bits & 0x40) !== 0,
        privilege: bits & 0x0f,
      };
    }
    case SOL_PARAMETER.accumulate:
      return { accumulateMs: f.u8() * 5, sendThreshold: f.u8() };
    case SOL_PARAMETER.retry:
      return { retries: f.u8() & 7, retryMs: f.u8() * 10 };
    case SOL_PARAMETER.nonVolatileBitRate:
    case SOL_PARAMETER.volatileBitRate: {
      const bitRate = BIT_RATES[f.u8() & 0x0f];
      return bitRate === undefined ? {} : { bitRate };
    }
    case SOL_PARAMETER.channel:
      return { channel: f.u8() & 0x0f };
    case SOL_PARAMETER.port:
      return { port: f.u16() };
    default:
      throw malformed(`SOL parameter ${parameter} is not one that is read`);
  }
}
