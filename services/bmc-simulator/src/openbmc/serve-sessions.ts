import type { IncomingHttpHeaders } from 'node:http';
import type { HttpAnswer } from '../idrac/https/face-answer.ts';
import type { Answers } from '../idrac/redfish/answers.ts';
import { collection, link, root } from '../idrac/redfish/resource.ts';
import { type Admitted, type Gate, same } from './create-gate.ts';

export const sessionService = `${root}/SessionService`;
export const sessionsPath = `${sessionService}/Sessions`;

/** With X-Requested-With, as pages send it, the session comes in cookies instead of a header. */
export function logIn(
  answers: Answers,
  gate: Gate,
  headers: IncomingHttpHeaders,
  { UserName: name, Password: password }: Readonly<Record<string, unknown>>,
): HttpAnswer {
  if (typeof name !== 'string') return answers.error(400, ['Base.PropertyMissing', 'UserName']);
  if (typeof password !== 'string') return answers.error(400, ['Base.PropertyMissing', 'Password']);
  const user = gate.logIn(name, password);
  if (!user) return answers.error(401, ['Base.AccessDenied']);
  const session = gate.open(user);
  if (!session) return answers.error(503, ['Base.SessionLimitExceeded']);
  const location = `${sessionsPath}/${session.id}`;
  const cookies = [
    `XSRF-TOKEN=${gate.csrf(session)}; SameSite=Strict; Secure`,
    `BMCWEB-SESSION=${session.token}; SameSite=Strict; Secure; HttpOnly`,
  ];
  return answers.json(201, describeSession(location, session.id, name), {
    location,
    ...(headers['x-requested-with'] ? { 'set-cookie': cookies } : { 'x-auth-token': session.token }),
  });
}

function describeSession(path: string, id: string, name: string): object {
  return {
    '@odata.id': path,
    '@odata.type': '#Session.v1_5_0.Session',
    Id: id,
    Name: 'User Session',
    UserName: name,
  };
}

/** The service and its sessions; undefined = no such resource. */
export function sessionResource(
  gate: Gate,
  answers: Answers,
  { method, path, who }: { method: string; path: string; who: Admitted },
): HttpAnswer | undefined {
  const { sessions } = gate;
  if (path === sessionService) {
    const service = { '@odata.id': path, '@odata.type': '#SessionService.v1_0_2.SessionService' };
    return answers.json(200, {
      ...service,
      ServiceEnabled: true,
      SessionTimeout: 1800,
      Sessions: link(sessionsPath),
    });
  }
  if (path === sessionsPath)
    return answers.json(
      200,
      collection(
        path,
        'Session',
        sessions.all.map(({ id }) => `${path}/${id}`),
      ),
    );
  const [, id] = /^\/redfish\/v1\/SessionService\/Sessions\/([^/]+)$/.exec(path) ?? [];
  const session = id === undefined ? undefined : sessions.find(id);
  if (!session) return undefined;
  if (method === 'GET') return answers.json(200, describeSession(path, session.id, session.user.name));
  if (method !== 'DELETE') return notAllowed(answers);
  if (session.user !== who.user && who.user.privilege !== 'administrator')
    return answers.error(403, ['Base.InsufficientPrivilege']);
  sessions.close(session.id);
  return answers.done(['Base.Success']);
}

/** Whoever comes with cookies has to show that it is a page of the BMC's own. */
export function isOwnPage(gate: Gate, { way, session }: Admitted, headers: IncomingHttpHeaders): boolean {
  if (way !== 'cookie' || !session) return true;
  return same(gate.csrf(session), String(headers['x-xsrf-token'] ?? ''));
}

export function notAllowed(answers: Answers): HttpAnswer {
  return answers.error(405, ['Base.GeneralError', 'The method is not allowed on this resource.']);
}
