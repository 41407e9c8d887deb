import { expect, test } from 'vitest';
import { openConsole } from '../harness/open-console.ts';
import { check } from './checker.ts';
import { type FaultMesh, startFaultMesh } from './fault-mesh.ts';
import { adopt, createSubject, disable, enable, open, settle, type Way } from './scenario.ts';

/** Makes the recorded calls again, at every instance of the plugin that they were made at. */
async function replayAll(faults: FaultMesh, again: number): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  const recorded = [...faults.layer.recorded];
  for (let round = 0; round < again; round++) {
    for (const { to, method, request } of recorded) {
      for (const number of [1, 2]) {
        const instance = to.replace(/\d$/, `${number}`);
        const outcome = `${method} ${(await faults.replay(instance, method, request)) ?? 'OK'}`;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }
  }
  return outcomes;
}

test.each<Way>(['direct', 'relay', 'container'])(
  'late and repeated calls of an older owner or generation change nothing for good, %s',
  { timeout: 120_000 },
  async (way) => {
    await using faults = await startFaultMesh();
    await using subject = await createSubject(faults, way);
    await enable(faults, subject);
    await adopt(faults, subject);
    await faults.reviveAll();
    await disable(faults, subject);
    const { recorded } = faults.layer;
    expect(recorded.map(({ method }) => method)).toEqual(
      expect.arrayContaining(['startConsole', 'stopConsole']),
    );

    // After the end: whatever they make is found and cleared away.
    await replayAll(faults, 2);
    await settle(faults, subject);
    expect(check(faults.history.events)).toEqual([]);

    // In the next generation: plugins that know it refuse, and its session does not notice.
    const old = recorded.splice(0);
    await enable(faults, subject);
    using tab = await open(faults, subject);
    recorded.splice(0, recorded.length, ...old);
    const outcomes = await replayAll(faults, 2);
    expect(outcomes).toMatchObject({ 'startConsole STALE_GENERATION': expect.any(Number) });
    if (way === 'container')
      expect(outcomes).toMatchObject({ 'startContainer STALE_GENERATION': expect.any(Number) });
    await tab.screen();
    await settle(faults, subject);
    const { url } = await faults.user.link(subject.node);
    using again = await openConsole(url, { takeOver: true });
    await again.screen();
    await disable(faults, subject);
    await settle(faults, subject);
    expect(check(faults.history.events)).toEqual([]);
  },
);

test.each<Way>(['direct', 'relay', 'container'])(
  'a start that arrives after its own stop is found and cleared away, %s',
  { timeout: 120_000 },
  async (way) => {
    await using faults = await startFaultMesh();
    await using subject = await createSubject(faults, way);
    await enable(faults, subject);
    await disable(faults, subject);
    const starts = faults.layer.recorded.filter(({ method }) => method.startsWith('start'));
    for (const { to, method, request } of starts)
      expect(await faults.replay(to, method, request)).toBeUndefined();
    expect(await faults.held(subject.consoleId)).not.toHaveLength(0);
    await settle(faults, subject);
    expect(check(faults.history.events)).toEqual([]);
  },
);
