import { type ReadSessionLogResponse, SessionServiceDefinition } from '@consolemesh/contracts/conductor';
import { MeshError, type Reason } from '@consolemesh/errors';
import { type Connection, toTimestamp } from '@consolemesh/mesh';
import type { LogSpan } from './log-talk.ts';

/** Reads the log of the line that a session of this proxy shows, at most so many bytes. Throws MeshError. */
export type ReadSessionLog = (
  sessionId: string,
  span: LogSpan,
  limitBytes: number,
  signal: AbortSignal,
) => AsyncIterable<ReadSessionLogResponse>;

/** Asks the conductor, which knows who has the log and whether this session may see it. */
export function createSessionLogReader(conductor: Connection, proxyId: string): ReadSessionLog {
  const client = conductor.client(SessionServiceDefinition);
  const time = (ms: number | undefined) => (ms === undefined ? undefined : toTimestamp(ms));
  return async function* read(sessionId, { since, until }, limitBytes, signal) {
    const request = {
      ...{ sessionId, proxyId, limitBytes: BigInt(limitBytes) },
      ...{ since: time(since), until: time(until) },
    };
    try {
      yield* client.readSessionLog(request, { signal });
    } catch (error) {
      throw inOurWords(error);
    }
  };
}

function inOurWords(error: unknown): unknown {
  if (!(error instanceof MeshError)) return error;
  if (away.has(error.reason)) return new MeshError('CONDUCTOR_UNAVAILABLE', undefined, { cause: error });
  if (error.reason !== 'UNIMPLEMENTED') return error;
  return new MeshError('CAPABILITY_MISSING', 'The service behind this page reads no logs yet.', {
    cause: error,
  });
}

const away: ReadonlySet<Reason> = new Set<Reason>(['UNAVAILABLE', 'DRAINING', 'STORE_UNAVAILABLE']);
