import type { Admission } from '@consolemesh/contracts/conductor';
import { Role } from '@consolemesh/contracts/types';
import type { ConnectContext } from '../session/connector.ts';
import { type Attachment, attach } from './attach.ts';
import type { Holders } from './holders.ts';

/** Attaches a session to the holder of its console's stream, over a connection that all sessions at that holder share. Throws MeshError. */
export async function attachSession(
  admission: Admission,
  target: string,
  { role, size, signal }: ConnectContext,
  holders: Holders,
): Promise<Attachment> {
  const { connection, release } = holders.acquire(target);
  try {
    const attached = await attach({
      holder: connection,
      ticket: admission.ticket,
      role: role === 'view' ? Role.VIEW : Role.CONTROL,
      size,
      signal,
    });
    attached.stream.once('close', release);
    return attached;
  } catch (error) {
    release();
    throw error;
  }
}
