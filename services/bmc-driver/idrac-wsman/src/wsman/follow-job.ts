import { MeshError } from '@consolemesh/errors';
import type { Instance } from '@consolemesh/wsman';
import { pause } from '../pause.ts';
import { refused } from '../refusals.ts';
import { refusalOf } from './refusal-of.ts';

/**
 * Waits until a configuration job has ended well. `limit` ends the waiting, `signal` the call.
 * @throws MeshError BMC_NOT_READY when it takes too long, BMC_CHANGE_FAILED and others when it fails
 */
export async function followJob(
  read: () => Promise<Instance | undefined>,
  jobId: string,
  about: { where: string; pollMs: number; limit: AbortSignal },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const job = await read();
    // Lists of jobs are cleared: what the job was to do shows whether it is done.
    if (job === undefined) return;
    const status = job.text('JobStatus') ?? 'unknown';
    if (/fail|error/i.test(status)) {
      const { messageId, message } = refusalOf(job);
      const refusal = { messageId, message: message || status };
      throw refused(about.where, `carry the configuration job ${jobId} out`, refusal);
    }
    if (/^completed/i.test(status)) return;
    if (!(await pause(about.pollMs, about.limit))) {
      signal.throwIfAborted();
      throw new MeshError(
        'BMC_NOT_READY',
        `${about.where}: the configuration job ${jobId} has not ended yet (${status}); it is asked again.`,
      );
    }
  }
}
