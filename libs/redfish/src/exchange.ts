import { HttpError, type HttpRequest, type HttpResponse } from '@consolemesh/http';
import type { Budget } from './budget.ts';
import type { AccessKeeper } from './keep-access.ts';
import type { Access } from './log-in.ts';
import { refusal } from './read-answer.ts';
import type { Send } from './send.ts';

/** One exchange in the session, whatever its status. */
export type Exchange = (request: HttpRequest, budget: Budget) => Promise<HttpResponse>;

/**
 * 401 means that nothing was done, so a session that was accepted before and has expired is replaced, once, and the
 * request sent again in the new one.
 */
export function createExchange(send: Send, keeper: AccessKeeper, password: string): Exchange {
  async function sendWith(access: Access, request: HttpRequest, budget: Budget): Promise<HttpResponse> {
    const answer = await send({
      ...request,
      headers: { ...request.headers, ...access.headers },
      signal: budget.signal,
      deadlineMs: budget.remaining('the service'),
    });
    if (answer.status !== 401) access.proven = true;
    return answer;
  }

  return async (request, budget) => {
    // Nobody who has gone away already is a reason to log in.
    if (budget.signal.aborted) throw new HttpError('ABORTED', 'stopped before anything was sent');
    const access = await budget.within(keeper.enter(), 'the login');
    const worked = access.proven;
    const answer = await sendWith(access, request, budget);
    if (answer.status !== 401) return answer;
    if (access.kind === 'session' && worked) {
      const next = await budget.within(keeper.renew(access), 'the login');
      return await sendWith(next, request, budget);
    }
    if (access.kind === 'basic') {
      const what = `${request.method} ${request.path}`;
      keeper.refuse(refusal(answer, what, [password]));
    }
    return answer;
  };
}
