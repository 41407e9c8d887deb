import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import type { Context } from '../context.ts';
import { distance } from '../output/text.ts';
import { sessionView } from '../output/views.ts';
import { readPages } from '../pages.ts';
import { limitOption } from './options.ts';

/** `consolemesh session …`: who is connected. */
export function addSessionCommands(program: Command, run: Run): void {
  const session = program.command('session').description('who is connected');

  session
    .command('list')
    .description('list sessions, newest first')
    .option('--node <node>', 'only of this machine')
    .option('--subject <name>', 'only of this subject')
    .option('--all', 'those that ended within a day, too')
    .addOption(limitOption())
    .action(action(run, listSessions));

  session.command('show <session>').description('show one session').action(action(run, showSession));

  session
    .command('terminate <session...>')
    .description('end sessions')
    .option('-m, --message <text>', 'one sentence that the user reads')
    .action(action(run, terminateSessions));
}

async function listSessions(
  context: Context,
  options: { node?: string; subject?: string; all?: boolean; limit: number },
): Promise<void> {
  const { sessions } = context.conductor();
  const found = await readPages(options.limit, async (pageSize, pageToken) => {
    const page = await sessions.listSessions({
      node: options.node ?? '',
      subject: options.subject ?? '',
      includeEnded: options.all === true,
      pageSize,
      pageToken,
    });
    return { items: page.sessions, nextPageToken: page.nextPageToken };
  });
  const now = Date.now();
  context.list(found.map(sessionView), [
    ['id', ({ id }) => id],
    ['node', ({ nodeName }) => nodeName],
    ['kind', ({ kind }) => kind],
    ['role', ({ role }) => role],
    ['subject', ({ subject }) => subject],
    ['state', ({ state }) => state],
    ['age', ({ openedAt }) => openedAt && distance(now - Date.parse(openedAt))],
    ['end', ({ end }) => end?.reason],
  ]);
}

async function showSession(context: Context, _options: object, sessionId: string): Promise<void> {
  const { session } = await context.conductor().sessions.getSession({ sessionId });
  context.show(sessionView(session!));
}

async function terminateSessions(
  context: Context,
  { message }: { message?: string },
  sessionIds: string[],
): Promise<void> {
  const { sessions } = context.conductor();
  for (const sessionId of sessionIds) {
    await sessions.terminateSession({ sessionId, message: message ?? '' });
    context.note(`Ended ${sessionId}.`);
  }
}
