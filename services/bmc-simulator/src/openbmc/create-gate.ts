import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import type { IdracUser } from '../idrac/bmc/types.ts';
import { readBasic } from '../idrac/https/read-basic.ts';
import { createSessions, type Session, type Sessions } from '../idrac/redfish/create-sessions.ts';
import type { OpenbmcMisbehaviour } from './misbehaviour.ts';

/** Who is let in, and how (bmcweb, include/authentication.hpp). */
export interface Gate {
  readonly sessions: Sessions;
  logIn(name: string, password: string): IdracUser | undefined;
  /** Opens a session; undefined = the table is full. */
  open(user: IdracUser): Session | undefined;
  /** The CSRF token of a session's cookies. */
  csrf(session: Session): string;
  judge(headers: IncomingHttpHeaders): Admitted | undefined;
}

export interface Admitted {
  readonly user: IdracUser;
  /** By which way: with cookies, what changes something needs the CSRF token besides. */
  readonly way: 'token' | 'cookie' | 'basic';
  /** undefined for Basic. */
  readonly session?: Session | undefined;
}

export function createGate(options: {
  users: readonly IdracUser[];
  clock: Clock;
  misbehave: OpenbmcMisbehaviour;
}): Gate {
  const { users, misbehave } = options;
  const csrfTokens = new WeakMap<Session, string>();
  const sessions = createSessions({
    clock: options.clock,
    most: () => misbehave.mostSessions ?? 64,
    timeoutMs: () => misbehave.sessionTimeoutMs ?? 1_800_000,
  });
  const logIn = (name: string, password: string) =>
    users.find((user) => user.name === name && same(user.password, password));
  const bySession = (token: string | undefined, way: 'token' | 'cookie'): Admitted | undefined => {
    const session = token === undefined ? undefined : sessions.use(token);
    return session && { user: session.user, way, session };
  };
  return {
    sessions,
    logIn,
    open(user) {
      const session = sessions.open(user);
      if (session) csrfTokens.set(session, randomBytes(10).toString('hex'));
      return session;
    },
    csrf: (session) => csrfTokens.get(session) ?? '',
    judge(headers) {
      const token = headers['x-auth-token'] ?? /^Token (\S+)$/i.exec(headers.authorization ?? '')?.[1];
      if (typeof token === 'string') return bySession(token, 'token');
      const [, cookie] = /(?:^|;\s*)(?:BMCWEB-)?SESSION=([^;\s]+)/.exec(headers.cookie ?? '') ?? [];
      if (cookie) return bySession(cookie, 'cookie');
      const basic = misbehave.noBasic ? undefined : readBasic(headers.authorization);
      const user = basic && logIn(basic.name, basic.password);
      return user && { user, way: 'basic' };
    },
  };
}

export function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
