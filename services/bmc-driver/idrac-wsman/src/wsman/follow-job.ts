import { MeshError } from '@consolemesh/errors';
import type { WsmanClient } from '@consolemesh/wsman';
import { pause } from '../pause.ts';
import { refused } from '../refusals.ts';
import { enumerateSome } from './enumerate-some.ts';
import { resource } from './resources.ts';

/**
 * Waits until a configuration job has ended well. `limit` ends the waiting, `signal` the call.
 * @throws MeshError BMC_NOT_READY when it takes too long, BMC_ERROR and others when it fails
 */
export async function followJob(
  client: WsmanClient,
  jobId: string,
  about: { where: string; pollMs: number; limit: AbortSignal },
  signal: AbortSignal,
): Promise<void> {
  const wanted = { property: 'InstanceID', value: jobId };
  for (;;) {
    const [job] = await enumerateSome(client, resource.lifecycleJob, wanted, signal);
    const status = job?.text('JobStatus') ?? 'unknown';
    if (/^completed$/i.test(status)) return;
    if (/fail|error/i.test(status)) {
      throw refused(about.where, `carry the configuration job ${jobId} out`, {
        messageId: job?.text('MessageID') ?? '',
        message: job?.text('Message') ?? status,
      });
    }
    if (!(await pause(about.pollMs, about.limit))) {
      signal.throwIfAborted();
      throw new MeshError(
        'BMC_NOT_READY',
        `${about.where}: the configuration job ${jobId} has not ended yet (${status}); it is asked again.`,
      );
    }
  }
}
