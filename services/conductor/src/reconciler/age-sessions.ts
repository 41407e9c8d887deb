import { ageSession, sessionLimits } from '../domain/session.ts';
import type { ConductorStore } from '../store/store.ts';

/** Sessions that are aged in one write. */
const batch = 200;

/** Lets time do its work on sessions. Every conductor does it; a session that another has aged already stays as it is. */
export async function ageSessions(store: ConductorStore): Promise<void> {
  const due = await store.sessionsToAge(batch);
  if (due.length === 0) return;
  await store.write(async (unit) => {
    // Read again: between the look and the write somebody may have come back.
    for (const { session, proxySeenAt } of await unit.sessionsToAge(batch)) {
      const aged = ageSession(session, unit.now, proxySeenAt);
      if (aged !== session) await unit.putSession(aged);
    }
  });
}

/** Forgets what is kept for a while only. */
export async function forgetOld(store: ConductorStore): Promise<void> {
  await store.write(async (unit) => {
    const { now } = unit;
    await unit.forget({
      sessions: now - sessionLimits.ended,
      operations: now - 24 * 3_600_000,
      gone: now - 3_600_000,
    });
  });
}
