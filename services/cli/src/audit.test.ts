import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditGenesis, auditHash } from '@consolemesh/contracts';
import { AuditEvent, type ListAuditEventsRequest } from '@consolemesh/contracts/conductor';
import { fromTimestamp } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { followEvents } from './commands/audit/follow-events.ts';
import { startFakeApi } from './testing.ts';

/** A log of so many events. */
function logOf(count: number): AuditEvent[] {
  const events: AuditEvent[] = [];
  for (let i = 1; i <= count; i++) {
    const event = AuditEvent.fromPartial({
      sequence: BigInt(i),
      at: { seconds: BigInt(i), nanos: 0 },
      kind: 'session.refused',
      actor: 'service/novncproxy',
      subject: `s${i}`,
      nodeName: 'n1',
      consoleKind: 'graphical',
      role: 'control',
      clientAddress: '203.0.113.9',
      reason: 'CONSOLE_IN_USE',
      previousHash: events.at(-1)?.hash ?? auditGenesis,
    });
    events.push({ ...event, hash: auditHash(event) });
  }
  return events;
}

/** Serves a log oldest first, two events a page. */
const serveLog = (log: readonly AuditEvent[]) =>
  startFakeApi({
    audit: {
      async listAuditEvents({ oldestFirst, afterSequence }) {
        expect(oldestFirst).toBe(true);
        const from = log.findLastIndex(({ sequence }) => sequence === afterSequence) + 1;
        const next = from + 2;
        return { events: log.slice(from, next), nextPageToken: next < log.length ? `${next}` : '' };
      },
    },
  });

async function verify(log: readonly AuditEvent[], ...more: string[]) {
  await using api = await serveLog(log);
  const { code, stdout, stderr } = await api.run(['audit', 'verify', '-o', 'json', ...more]);
  return { code, stderr, outcome: stdout === '' ? undefined : JSON.parse(stdout) };
}

test('events are listed newest first, narrowed by what was asked for', async () => {
  const asked: ListAuditEventsRequest[] = [];
  await using api = await startFakeApi({
    audit: {
      async listAuditEvents(request) {
        asked.push(request);
        return { events: logOf(2).reverse(), nextPageToken: '' };
      },
    },
  });
  const line =
    'audit list --node n1 --subject s2 --kind session.refused --since 2026-01-31T08:00Z --until 1h';
  const before = Date.now();
  expect((await api.run(line)).stdout).toMatch(
    /2 +1970-01-01T00:00:02.000Z +session.refused +service\/novncproxy +s2 +n1 +graphical +203.0.113.9 +CONSOLE_IN_USE, control\n1 /,
  );
  expect(asked).toMatchObject([{ node: 'n1', subject: 's2', kind: 'session.refused', oldestFirst: false }]);
  expect(fromTimestamp(asked[0]!.since!)).toBe(Date.UTC(2026, 0, 31, 8));
  const until = fromTimestamp(asked[0]!.until!);
  expect(until).toBeGreaterThanOrEqual(Math.floor(before - 3_600_000));
  expect(until).toBeLessThanOrEqual(Date.now() - 3_600_000);
  const [event] = JSON.parse((await api.run('audit list -o json')).stdout);
  expect(event).toMatchObject({ sequence: '2', at: '1970-01-01T00:00:02.000Z', forced: false, fields: [] });
  expect(event).not.toHaveProperty('sessionId');
  expect(await api.run('audit list --since yesterday')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--since yesterday'),
  });
});

test('an intact log is told with its length and its ends', async () => {
  const log = logOf(5);
  const { code, outcome, stderr } = await verify(log);
  expect({ code, outcome }).toEqual({
    code: 0,
    outcome: { intact: true, events: '5', firstHash: log[0]!.hash, lastHash: log[4]!.hash },
  });
  expect(stderr).toContain('--anchor');
  expect(await verify([])).toMatchObject({ code: 0, outcome: { intact: true, events: '0' } });
});

test.each<[string, (log: AuditEvent[]) => AuditEvent[], string]>([
  ['an event that was changed', (log) => log.with(2, { ...log[2]!, subject: 'nobody' }), '3'],
  [
    'an event that was changed and hashed anew',
    (log) => {
      const changed = { ...log[2]!, subject: 'nobody' };
      return log.with(2, { ...changed, hash: auditHash(changed) });
    },
    '4',
  ],
  ['an event that is missing', (log) => log.toSpliced(1, 1), '2'],
  ['a beginning that is missing', (log) => log.slice(1), '1'],
  ['events that have changed places', (log) => log.with(3, log[4]!).with(4, log[3]!), '4'],
])('%s ends with 1 and the number of the first event that does not fit', async (_what, tamper, brokenAt) => {
  const { code, outcome } = await verify(tamper(logOf(5)));
  expect({ code, outcome }).toMatchObject({ code: 1, outcome: { intact: false, brokenAt } });
  expect(outcome.problem).toContain(`event ${brokenAt}`);
});

test('a hash that was noted shows a log that was cut or written anew, and accepts one that has grown', async () => {
  const log = logOf(5);
  const anchor = ['--anchor', log[3]!.hash.toUpperCase()];
  expect(await verify(log, ...anchor)).toMatchObject({ code: 0, outcome: { intact: true } });
  // Without the anchor nothing is to be seen of either.
  const cut = log.slice(0, 3);
  expect(await verify(cut)).toMatchObject({ code: 0 });
  const broken = { code: 1, outcome: { intact: false, problem: expect.stringContaining('anchor') } };
  expect(await verify(cut, ...anchor)).toMatchObject(broken);
  expect(await verify([], ...anchor)).toMatchObject(broken);
  const anew: AuditEvent[] = [];
  for (const event of log) {
    const other = { ...event, subject: 'nobody', previousHash: anew.at(-1)?.hash ?? auditGenesis };
    anew.push({ ...other, hash: auditHash(other) });
  }
  expect(await verify(anew)).toMatchObject({ code: 0 });
  expect(await verify(anew, ...anchor)).toMatchObject(broken);
  expect(await verify(log, '--anchor', 'abc')).toMatchObject({ code: 2 });
});

/** A log whose first `gone` events were deleted; the event that says so comes last. */
function prunedLog(count: number, gone: number): AuditEvent[] {
  const log = logOf(count);
  const last = log[gone - 1]!;
  const pruned = AuditEvent.fromPartial({
    sequence: BigInt(count + 1),
    at: { seconds: 99n, nanos: 0 },
    kind: 'audit.pruned',
    actor: 'service/conductor',
    fields: [`events=${gone}`, `last_hash=${last.hash}`, `last_sequence=${gone}`],
    previousHash: log.at(-1)!.hash,
  });
  return [...log.slice(gone), { ...pruned, hash: auditHash(pruned) }];
}

test('a log whose beginning was deleted for its age is intact from there, also for who noted the last hash that went', async () => {
  const log = prunedLog(5, 2);
  const intact = { code: 0, outcome: { intact: true, events: '4', prunedTo: '2', firstHash: log[0]!.hash } };
  expect(await verify(log)).toMatchObject(intact);
  expect(await verify(log, '--anchor', log[0]!.previousHash)).toMatchObject(intact);
  expect(await verify(log.slice(1))).toMatchObject({
    code: 1,
    outcome: { intact: false, problem: expect.stringContaining('events 1 to 3 are not there') },
  });
});

test('a follower gets what is there and what comes, each once, until it is stopped', async () => {
  const log = logOf(5);
  const there = log.slice(0, 3);
  const stop = new AbortController();
  const audit = {
    async listAuditEvents({ afterSequence = 0n }: { afterSequence?: bigint }) {
      const found = there.filter(({ sequence }) => sequence > afterSequence);
      // What comes appears between two looks.
      if (found.length === 0) there.push(...log.slice(there.length, there.length + 1));
      return { events: found.slice(0, 2), nextPageToken: found.length > 2 ? 'more' : '' };
    },
  };
  const heard: bigint[] = [];
  for await (const { sequence } of followEvents(audit as never, 1n, stop.signal)) {
    heard.push(sequence);
    if (heard.length === 4) stop.abort();
  }
  expect(heard).toEqual([2n, 3n, 4n, 5n]);
});

test('events are exported oldest first, a line each, and the file is verified like the log itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-export-'));
  try {
    const log = logOf(5);
    await using api = await serveLog(log);
    const { code, stdout } = await api.run('audit export');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).sequence)).toEqual(['1', '2', '3', '4', '5']);
    expect((await api.run('audit export --after 3')).stdout).toBe(`${lines.slice(3).join('\n')}\n`);
    const file = join(folder, 'audit.jsonl');
    await writeFile(file, stdout);
    expect((await api.run(['audit', 'verify', '--file', file])).code).toBe(0);
    await writeFile(file, stdout.replace('"s3"', '"s4"'));
    expect(await api.run(['audit', 'verify', '--file', file])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('event 3 is not as it was written'),
    });
    await writeFile(file, `${lines[0]}\n{}\n`);
    expect(await api.run(['audit', 'verify', '--file', file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('line 2'),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
