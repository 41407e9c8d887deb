import type { HttpResponse } from '@consolemesh/http';
import type { Budget } from './budget.ts';
import { RedfishError } from './errors.ts';
import { property, textOf } from './json.ts';
import { type Answer, readAnswer } from './read-answer.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_RETRY_AFTER_MS = 30_000;

const FAILED: ReadonlySet<string> = new Set(['Exception', 'Killed', 'Cancelled']);

/**
 * Waits for the end of a request that was answered with 202 (DSP0266, "Asynchronous operations"). Location is a task
 * monitor (202 until the end, then the answer itself) or, on iDRACs and others, the task (200 with its TaskState).
 * @param ask reads the monitor once
 * @throws RedfishError TASK_FAILED, or what the answer itself says
 * @throws HttpError TIMEOUT, ABORTED
 */
export async function followTask(
  accepted: HttpResponse,
  ask: () => Promise<HttpResponse>,
  about: { budget: Budget; what: string; secrets: readonly string[] },
): Promise<Answer> {
  const { budget, what, secrets } = about;
  let response = accepted;
  let state = '';
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const awaiting = `the task of ${what}${state === '' ? '' : ` (it was ${state})`}`;
    await budget.pause(retryAfter(response) ?? pause, awaiting);
    budget.remaining(awaiting);
    response = await ask();
    // The service is busy with the task.
    if (response.status === 503 || response.status === 429) continue;
    const answer = readAnswer(response, what, secrets);
    const found = textOf(property(answer.body, 'TaskState'));
    state = (found ?? '').replace(/[^A-Za-z]/g, '').slice(0, 20);
    if (failed(answer, state)) {
      const text = `${what}: its task ended as ${state}`;
      throw new RedfishError('TASK_FAILED', text, {
        status: response.status,
        messages: [...answer.messages],
      });
    }
    const over = found === undefined ? response.status !== 202 : state === 'Completed';
    if (over) return answer;
  }
}

function failed(answer: Answer, state: string): boolean {
  return FAILED.has(state) || (state === 'Completed' && property(answer.body, 'TaskStatus') === 'Critical');
}

/** Milliseconds; the form with a date is left to those who trust the BMC's clock. */
function retryAfter({ headers }: HttpResponse): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined;
  return Math.min(Number(text) * 1000, LONGEST_RETRY_AFTER_MS);
}
