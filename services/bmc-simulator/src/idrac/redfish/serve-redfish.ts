import type { Bmc } from '../bmc/create-bmc.ts';
import type { IdracUser } from '../bmc/types.ts';
import type { FaceAnswer, HttpAnswer } from '../https/face-answer.ts';
import { readBasic } from '../https/read-basic.ts';
import { createAnswers } from './answers.ts';
import { attributeResources } from './attributes.ts';
import { createSessions, type Sessions } from './create-sessions.ts';
import type { Resource } from './resource.ts';
import { serverResources } from './server.ts';
import { sessionResources } from './sessions.ts';

export interface RedfishRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface RedfishService {
  answer(request: RedfishRequest): Promise<FaceAnswer>;
  readonly sessions: Sessions;
}

const resources: readonly Resource[] = [...serverResources, ...sessionResources, ...attributeResources];

const defaultSessions = 8;
const defaultTimeoutMs = 1_800_000;

export function createRedfishService(bmc: Bmc): RedfishService {
  const { misbehave, generation, clock, logins } = bmc;
  const answers = createAnswers(generation);
  const sessions = createSessions({
    clock,
    most: () => misbehave.redfishSessions ?? defaultSessions,
    timeoutMs: () => misbehave.sessionTimeoutMs ?? defaultTimeoutMs,
  });
  const refusal = {
    ...answers.error(401, ['Base.AccessDenied']),
    headers: { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="RedfishService"' },
  };

  /** Who asks by token or Basic; undefined = nobody, an answer = not so. */
  const authenticate = (headers: RedfishRequest['headers']): IdracUser | FaceAnswer | undefined => {
    const token = headers['x-auth-token'];
    if (typeof token === 'string') return sessions.use(token)?.user ?? refusal;
    const basic = readBasic(headers.authorization);
    if (!basic) return undefined;
    if (misbehave.noBasic) return refusal;
    if (logins.blocked('redfish') && misbehave.blockDrops) return 'lost';
    return logins.check('redfish', basic.name, basic.password) ?? refusal;
  };

  return {
    sessions,
    async answer({ method, path: written, headers, body: text }) {
      const path = written.length > 1 ? written.replace(/\/$/, '') : written;
      const found = find(bmc, path);
      const missing = () => answers.error(404, ['Base.ResourceMissingAtURI', path], ['IDRAC.SYS403', path]);
      // Whoever has not logged in yet has to find out that there is nothing to log in to.
      if (misbehave.noSessions && /\/(SessionService|Sessions)(\/|$)/.test(path)) return missing();
      const who = found?.resource.public && method === 'POST' ? undefined : authenticate(headers);
      if (who === 'lost' || (who && 'status' in who)) return who;
      if (!who && !found?.resource.public) return refusal;
      if (!found) return missing();
      const handler = found.resource.methods[method as 'GET'];
      if (!handler) return notAllowed(answers.error(405, ['IDRAC.SYS402']), found.resource);
      const body = readObject(text);
      if (!body) return answers.error(400, ['IDRAC.SYS405'], ['Base.MalformedJSON']);
      return handler({ bmc, answers, sessions, user: who, open: found.open, path, body });
    },
  };
}

function find(bmc: Bmc, path: string): { resource: Resource; open: readonly string[] } | undefined {
  const segments = path.split('/');
  for (const resource of resources) {
    const pattern = resource.path.split('/');
    const fits =
      pattern.length === segments.length &&
      pattern.every((part, index) => part === '*' || part === segments[index]);
    if (!fits || resource.exists?.(bmc) === false) continue;
    return { resource, open: segments.filter((_, index) => pattern[index] === '*') };
  }
  return undefined;
}

function notAllowed(answer: HttpAnswer, { methods }: Resource): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, allow: Object.keys(methods).join(', ') } };
}

/** The object in a body; undefined when it is none. */
function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
