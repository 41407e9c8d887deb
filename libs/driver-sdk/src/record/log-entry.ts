import { crc32 } from 'node:zlib';

/**
 * What one entry of an index stands for.
 * - `data`: bytes of the line.
 * - `lost`, `restored`: the machine was lost (`note`: the reason), is back.
 * - `resized`: the line has another size from here on.
 * - `started`, `stopped`: an incarnation (`note`: its generation) began to be recorded, ended.
 * - `gap`: `length` bytes came and could not be written (`note`: why).
 * - `break`: a break was sent.
 */
export type EntryKind = 'data' | 'lost' | 'restored' | 'resized' | 'started' | 'stopped' | 'gap' | 'break';

/** An entry of an index: something that happened on the line at a time. */
export interface LogEntry {
  readonly kind: EntryKind;
  /** ms since the epoch; never less than that of the entry before. */
  readonly at: number;
  /** Where its bytes begin in the file of bytes; of events, where they would. */
  readonly offset: number;
  /** Bytes; of a `gap` those that are not there. */
  readonly length: number;
  /** CRC-32 of its bytes; 0 for events. */
  readonly crc: number;
  /** Size of the line's terminal at that time. */
  readonly columns: number;
  readonly rows: number;
  /** At most 30 ASCII characters. */
  readonly note: string;
}

/** Bytes of one entry. */
export const entryBytes = 64;

const noteBytes = 30;
const version = 1;
const kinds: readonly EntryKind[] = [
  'data',
  'lost',
  'restored',
  'resized',
  'started',
  'stopped',
  'gap',
  'break',
];

/**
 * An entry, numbers big-endian:
 *
 *      0 U64 at | 8 U64 offset | 16 U32 length | 20 U8 kind (1 = data, …) | 21 U8 version, 1 | 22 U16 columns | 24 U16 rows
 *     26 U32 CRC-32 of the bytes | 30 note, 30 bytes ASCII, zeros behind | 60 U32 CRC-32 of bytes 0 to 59
 */
export function encodeEntry(entry: LogEntry): Buffer {
  const bytes = Buffer.alloc(entryBytes);
  bytes.writeBigUInt64BE(BigInt(entry.at), 0);
  bytes.writeBigUInt64BE(BigInt(entry.offset), 8);
  bytes.writeUInt32BE(Math.min(entry.length, 0xffffffff), 16);
  bytes.writeUInt8(kinds.indexOf(entry.kind) + 1, 20);
  bytes.writeUInt8(version, 21);
  bytes.writeUInt16BE(entry.columns, 22);
  bytes.writeUInt16BE(entry.rows, 24);
  bytes.writeUInt32BE(entry.crc, 26);
  bytes.write(entry.note.slice(0, noteBytes), 30, 'latin1');
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** The inverse; undefined for bytes that are no whole entry. */
export function decodeEntry(bytes: Buffer): LogEntry | undefined {
  if (bytes.length !== entryBytes || bytes[21] !== version) return undefined;
  if (bytes.readUInt32BE(60) !== crc32(bytes.subarray(0, 60))) return undefined;
  const kind = kinds[bytes.readUInt8(20) - 1];
  if (!kind) return undefined;
  return {
    kind,
    at: Number(bytes.readBigUInt64BE(0)),
    offset: Number(bytes.readBigUInt64BE(8)),
    length: bytes.readUInt32BE(16),
    crc: bytes.readUInt32BE(26),
    columns: bytes.readUInt16BE(22),
    rows: bytes.readUInt16BE(24),
    note: bytes.toString('latin1', 30, 60).replace(/\0+$/, ''),
  };
}
