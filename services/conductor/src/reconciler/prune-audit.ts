import { timeText } from '../domain/audit.ts';
import type { ConductorStore } from '../store/store.ts';

/** Events that go in one write. */
export const pruneBatch = 1_000;
const day = 24 * 3_600_000;

/**
 * Deletes audit events that are older than the retention, in bounded writes, and writes down in each up to where: the chain can be verified
 * from there. Several conductors may do it at once; whoever comes second finds nothing. The oldest event may become a tenth older than the
 * retention, a day at most, so that deleting does not keep itself busy. Answers how many went.
 */
export async function pruneAudit(
  store: Pick<ConductorStore, 'write' | 'listAuditEvents' | 'now'>,
  retentionMs: number,
  stopped: () => boolean = () => false,
): Promise<number> {
  const slack = Math.min(retentionMs / 10, day);
  let deleted = 0;
  while (!stopped()) {
    const [oldest] = await store.listAuditEvents({ oldestFirst: true, limit: 1 });
    const begun = deleted > 0;
    if (!oldest || oldest.at >= (await store.now()) - retentionMs - (begun ? 0 : slack)) break;
    const gone = await store.write(async (unit) => {
      const before = unit.now - retentionMs;
      const pruned = await unit.pruneAudit(before, pruneBatch);
      if (!pruned) return 0;
      await unit.audit({
        kind: 'audit.pruned',
        fields: [
          `before=${timeText(before)}`,
          `events=${pruned.events}`,
          `last_hash=${pruned.lastHash}`,
          `last_sequence=${pruned.lastSequence}`,
        ],
      });
      return pruned.events;
    });
    if (gone === 0) break;
    deleted += gone;
  }
  return deleted;
}
