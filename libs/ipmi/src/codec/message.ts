import { fields, malformed } from './fields.ts';

/** Network functions that consoles use (IPMI 2.0 table 5-1). */
export const NET_FN = { chassis: 0x00, app: 0x06, transport: 0x0c, group: 0x2c } as const;

/** Slave address of a BMC and software id of a remote console. */
const BMC_ADDRESS = 0x20;
const CONSOLE_ADDRESS = 0x81;

export interface Request {
  /** Even; 6 bits. */
  netFn: number;
  /** 0..63, repeated in the response. */
  sequence: number;
  command: number;
  data: Buffer;
  /** 2 bits; default 0. */
  lun?: number;
  /** Who asks and who is asked; default remote console 81h and BMC 20h. */
  from?: number;
  to?: number;
}

export interface Response {
  /** Network function of the request plus one. */
  netFn: number;
  sequence: number;
  command: number;
  /** 00h is success. */
  completionCode: number;
  data: Buffer;
  lun?: number;
  from?: number;
  to?: number;
}

/** Two's complement of the sum: a span with its checksum adds up to 0 modulo 256. */
export function checksum(span: Uint8Array): number {
  let sum = 0;
  for (const byte of span) sum += byte;
  return -sum & 0xff;
}

/**
 * ```
 * responder 20 | netFn << 2 | LUN | checksum | requester 81 | sequence << 2 | LUN | command | data | checksum
 * ```
 */
export function encodeRequest(r: Request): Buffer {
  return frame(r.to ?? BMC_ADDRESS, r.from ?? CONSOLE_ADDRESS, r, r.data);
}

/** The same frame with addresses swapped; the first byte of its data is the completion code. */
export function encodeResponse(r: Response): Buffer {
  return frame(
    r.to ?? CONSOLE_ADDRESS,
    r.from ?? BMC_ADDRESS,
    r,
    Buffer.concat([Buffer.from([r.completionCode]), r.data]),
  );
}

/** @throws IpmiError MALFORMED: short, a response, or a checksum that is wrong */
export function parseRequest(message: Uint8Array): Request {
  const { netFn, data, ...rest } = unframe('IPMI request', message, true);
  if (netFn % 2 !== 0) throw malformed(`network function ${netFn} is one of responses`);
  return { ...rest, netFn, data };
}

/**
 * @param options.checksums false = do not look at them (quirk nochecksumcheck)
 * @throws IpmiError MALFORMED: short, a request, or a checksum that is wrong
 */
export function parseResponse(message: Uint8Array, { checksums = true } = {}): Response {
  const { netFn, data, ...rest } = unframe('IPMI response', message, checksums);
  if (netFn % 2 !== 1) throw malformed(`network function ${netFn} is one of requests`);
  const f = fields('IPMI response', data);
  return { ...rest, netFn, completionCode: f.u8(), data: f.rest() };
}

interface Head {
  netFn: number;
  sequence: number;
  command: number;
  lun?: number;
}

function frame(to: number, from: number, head: Head, data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(7 + data.length);
  bytes[0] = to;
  bytes[1] = ((head.netFn & 0x3f) << 2) | ((head.lun ?? 0) & 3);
  bytes[2] = checksum(bytes.subarray(0, 2));
  bytes[3] = from;
  bytes[4] = (head.sequence & 0x3f) << 2;
  bytes[5] = head.command;
  bytes.set(data, 6);
  bytes[bytes.length - 1] = checksum(bytes.subarray(3, bytes.length - 1));
  return bytes;
}

function unframe(what: string, message: Uint8Array, checksums: boolean) {
  const f = fields(what, message);
  const to = f.u8();
  const netFnLun = f.u8();
  f.skip(1);
  const from = f.u8();
  const sequence = f.u8() >> 2;
  const command = f.u8();
  if (f.left < 1) throw malformed(`${what} ends before its checksum`);
  const data = f.bytes(f.left - 1);
  if (checksums && (checksum(message.subarray(0, 3)) !== 0 || checksum(message.subarray(3)) !== 0)) {
    throw malformed(`${what} with a wrong checksum`);
  }
  return { to, from, netFn: netFnLun >> 2, lun: netFnLun & 3, sequence, command, data };
}
