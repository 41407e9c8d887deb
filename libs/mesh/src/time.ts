import type { Duration, Timestamp } from '@consolemesh/contracts/protobuf';

/** Milliseconds since the epoch as google.protobuf.Timestamp. */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** google.protobuf.Timestamp as milliseconds since the epoch; undefined stays undefined. */
export function fromTimestamp(time: Timestamp): number;
export function fromTimestamp(time: Timestamp | undefined): number | undefined;
export function fromTimestamp(time: Timestamp | undefined): number | undefined {
  return time && Number(time.seconds) * 1000 + time.nanos / 1e6;
}

/** Milliseconds as google.protobuf.Duration. */
export function toDuration(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** google.protobuf.Duration as milliseconds; undefined stays undefined. */
export function fromDuration(duration: Duration): number;
export function fromDuration(duration: Duration | undefined): number | undefined;
export function fromDuration(duration: Duration | undefined): number | undefined {
  return duration && Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}
