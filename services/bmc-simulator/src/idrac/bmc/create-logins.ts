import type { Clock } from '../../clock.ts';
import type { Face, IdracUser } from './types.ts';

/** IP blocking: so many failures within a window, and nobody is let in for a while, whatever the password. */
export interface Lockout {
  readonly failures: number;
  readonly windowMs: number;
  readonly penaltyMs: number;
}

export const defaultLockout: Lockout = { failures: 3, windowMs: 60_000, penaltyMs: 60_000 };

/** A login as it is remembered; without the password. */
export interface LoginAttempt {
  readonly at: number;
  readonly face: Face;
  readonly user: string;
  readonly result: 'accepted' | 'refused' | 'blocked';
}

export interface Logins {
  /** The user, or undefined when the credentials are refused or the face is blocked. Every call counts. */
  check(face: Face, name: string, password: string): IdracUser | undefined;
  /** Whether nobody gets in now. */
  blocked(face: Face): boolean;
  /** The last 10,000, oldest first. */
  readonly attempts: readonly LoginAttempt[];
  readonly users: readonly IdracUser[];
  /** Replaces the users; sessions that are open stay. */
  setUsers(users: readonly IdracUser[]): void;
}

const longestMemory = 10_000;

export function createLogins(options: {
  users: readonly IdracUser[];
  clock: Clock;
  /** Read at each login, so that it can change. */
  lockout: () => Lockout;
}): Logins {
  const { clock, lockout } = options;
  const attempts: LoginAttempt[] = [];
  const failures = new Map<Face, number[]>();
  const blockedUntil = new Map<Face, number>();
  let { users } = options;

  const blocked = (face: Face) => clock.now() < (blockedUntil.get(face) ?? 0);
  const remember = (face: Face, user: string, result: LoginAttempt['result']) => {
    attempts.push({ at: clock.now(), face, user, result });
    if (attempts.length > longestMemory) attempts.shift();
  };
  const countFailure = (face: Face) => {
    const { failures: most, windowMs, penaltyMs } = lockout();
    const now = clock.now();
    const recent = [...(failures.get(face) ?? []).filter((at) => now - at < windowMs), now];
    failures.set(face, recent);
    if (recent.length < most) return;
    failures.delete(face);
    blockedUntil.set(face, now + penaltyMs);
  };

  return {
    attempts,
    blocked,
    get users() {
      return users;
    },
    check(face, name, password) {
      if (blocked(face)) {
        remember(face, name, 'blocked');
        return undefined;
      }
      const user = users.find((other) => other.name === name && other.password === password);
      remember(face, name, user ? 'accepted' : 'refused');
      if (user) failures.delete(face);
      else countFailure(face);
      return user;
    },
    setUsers(next) {
      users = next;
    },
  };
}
