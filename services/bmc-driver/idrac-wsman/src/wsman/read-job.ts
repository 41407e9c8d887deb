import { type Instance, type WsmanClient, WsmanError } from '@consolemesh/wsman';
import type { Enumerator } from './create-enumerator.ts';
import { resource } from './resources.ts';

/**
 * A job of the Lifecycle Controller; undefined when there is none of that id. One Get by its key, as the job's own reference says; firmware
 * that answers it with a fault is asked for its list.
 * @throws WsmanError, HttpError
 */
export async function readJob(
  client: WsmanClient,
  enumerate: Enumerator,
  jobId: string,
  signal: AbortSignal,
): Promise<Instance | undefined> {
  try {
    return await client.get(resource.lifecycleJob, { InstanceID: jobId }, { signal });
  } catch (error) {
    if (!(error instanceof WsmanError) || error.code !== 'FAULT') throw error;
  }
  const [job] = await enumerate(resource.lifecycleJob, { property: 'InstanceID', value: jobId }, signal);
  return job;
}
