import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRedfishClient, type RedfishErrorCode } from './index.ts';
import { credentials, extended, type Reply, startFakeService } from './testing/fake-service.ts';
import { asError, SYSTEM } from './testing/requests.ts';

describe('a Redfish client and tasks', () => {
  const TASK = '/redfish/v1/TaskService/Tasks/JID_1';
  const now = { 'retry-after': '0' };
  const accepted: Reply = { status: 202, headers: { ...now, location: TASK } };
  const task = (TaskState: string, more = {}): Reply => ({ headers: now, body: { TaskState, ...more } });

  /** The result of a POST whose task gives these answers, one after the other and the last one for ever. */
  async function post(...replies: Reply[]) {
    let at = 0;
    await using service = await startFakeService(({ method, path }) => {
      if (path === SYSTEM && method === 'POST') return accepted;
      return path === TASK ? replies[Math.min(at++, replies.length - 1)] : undefined;
    });
    await using client = createRedfishClient(service.http, credentials);
    return await client.post(SYSTEM, { Password: 'hunter22' }, { deadlineMs: 10_000 }).catch(asError);
  }

  it('follows a monitor until the answer is there', async () => {
    const running: Reply = { status: 202, headers: now };
    expect(await post(running, running, { status: 503, headers: now }, { body: { a: 1 } })).toMatchObject({
      body: { a: 1 },
    });
    expect(await post(running, { status: 204 })).toMatchObject({ status: 204 });
  });

  it('follows a task through its states', async () => {
    const done = task('Completed', { Messages: [{ MessageId: 'SYS413', Message: 'Done.' }] });
    expect(await post(task('New'), task('Running'), done)).toMatchObject({ messages: [{ text: 'Done.' }] });
  });

  it.each<[string, Reply, RedfishErrorCode]>([
    [
      'that ended in an exception',
      task('Exception', { Messages: [{ Message: 'hunter22 is weak.' }] }),
      'TASK_FAILED',
    ],
    ['that was killed', { ...task('Killed'), status: 202 }, 'TASK_FAILED'],
    ['that completed, but critically', task('Completed', { TaskStatus: 'Critical' }), 'TASK_FAILED'],
    ['whose monitor gives a refusal', { status: 400, body: extended('Base.1.0.X', 'No.') }, 'REFUSED'],
    ['that nobody knows', { status: 404 }, 'NOT_FOUND'],
  ])('fails with a task %s', async (_what, last, code) => {
    const error = await post(task('Running'), last);
    expect(error).toMatchObject({ code });
    expect(inspect(error)).not.toContain('hunter22');
  });

  it('gives up at the deadline and says how far the task was', async () => {
    await using service = await startFakeService(({ path }) => {
      if (path === SYSTEM) return accepted;
      return path === TASK ? task('Running') : undefined;
    });
    await using client = createRedfishClient(service.http, credentials);
    await expect(client.post(SYSTEM, {}, { deadlineMs: 1_500 })).rejects.toMatchObject({
      name: 'HttpError',
      code: 'TIMEOUT',
    });
    expect(service.calls).toContain(`GET ${TASK}`);
  });
});
