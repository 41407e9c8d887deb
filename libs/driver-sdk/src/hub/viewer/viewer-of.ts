import type { Viewer } from '@consolemesh/contracts/stream';
import type { StreamCall } from '../../driver.ts';
import { roles } from '../../words.ts';

/** A client as others are told of it. */
export function viewerOf({ client, hasPen }: { client: StreamCall; hasPen: boolean }): Viewer {
  const { sessionId, subject, role } = client;
  return { sessionId, subject, role: roles.number(role), hasPen };
}
