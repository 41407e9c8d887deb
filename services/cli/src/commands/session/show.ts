import type { Context } from '../../context.ts';
import { sessionView } from '../../output/views.ts';

/** Shows one session. */
export async function showSession(context: Context, _options: object, sessionId: string): Promise<void> {
  const { sessions } = await context.conductor();
  const { session } = await sessions.getSession({ sessionId });
  context.show(sessionView(session!));
}
