import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import type { OpenConsole } from '../harness/open-console.ts';
import { createRandom } from '../harness/random.ts';
import { check } from './checker.ts';
import { type FaultMesh, startFaultMesh } from './fault-mesh.ts';
import { createSubject, disable, enable, open, type Subject, settle, type Way } from './scenario.ts';

/** Rounds; without the setting as many as fit into half a minute. */
const rounds = Number(process.env.CONSOLEMESH_TEST_FAULT_ROUNDS ?? 0);
const seed = Number(process.env.CONSOLEMESH_TEST_FAULT_SEED ?? randomInt(2 ** 31));
const shortMs = 30_000;

/** Kills parts at random boundaries, never the last of a kind, and starts them again later. */
function unleash(faults: FaultMesh, random: () => number): { end(): Promise<void> } {
  let left = 3 + Math.floor(random() * 8);
  let ended = false;
  const returns: Promise<void>[] = [];
  faults.layer.onBoundary = () => {
    left -= 1;
    if (left > 0 || ended) return;
    left = 3 + Math.floor(random() * 12);
    const mortals = faults.parts.filter(({ name }) => !name.startsWith('token'));
    const part = mortals[Math.floor(random() * mortals.length)]!;
    if (mortals.some(({ alive }) => !alive)) return;
    faults.kill(part.name);
    const pause = 200 + random() * 600;
    returns.push(new Promise<void>((resolve) => setTimeout(resolve, pause)).then(() => faults.reviveAll()));
  };
  return {
    async end() {
      ended = true;
      await Promise.all(returns);
      faults.layer.onBoundary = () => {};
    },
  };
}

/** What users do with one console. */
async function use(faults: FaultMesh, subject: Subject, random: () => number): Promise<void> {
  const tabs: OpenConsole[] = [];
  for (let step = 0; step < 4; step++) {
    await enable(faults, subject);
    for (let tab = 0; tab < 2; tab++)
      if (random() < 0.7) tabs.push(await open(faults, subject, Math.floor(random() * 2)));
    if (random() < 0.5) tabs.pop()?.[Symbol.dispose]();
    if (random() < 0.6) await disable(faults, subject);
  }
  for (const tab of tabs) tab[Symbol.dispose]();
  await Promise.all(tabs.map(({ closed }) => closed));
}

test('whatever dies in whatever order, the mesh keeps its contract', { timeout: 3_600_000 }, async () => {
  const random = createRandom(seed);
  const until = performance.now() + shortMs;
  let done = 0;
  await using faults = await startFaultMesh();
  console.info(`seed: CONSOLEMESH_TEST_FAULT_SEED=${seed}`);
  while (rounds > 0 ? done < rounds : performance.now() < until) {
    faults.history.clear();
    const ways: Way[] = ['direct', 'relay', 'container'];
    const subjects = await Promise.all(ways.map((way) => createSubject(faults, way)));
    const chaos = unleash(faults, random);
    const outcome = await Promise.allSettled(subjects.map((subject) => use(faults, subject, random)));
    await chaos.end();
    const failures = outcome.flatMap((item) => (item.status === 'rejected' ? [String(item.reason)] : []));
    expect(failures, `round ${done + 1}, seed ${seed}`).toEqual([]);
    for (const subject of subjects) {
      await disable(faults, subject);
      await settle(faults, subject);
    }
    expect(check(faults.history.events), `round ${done + 1}, seed ${seed}`).toEqual([]);
    for (const subject of subjects) await subject[Symbol.asyncDispose]();
    await eventually(() => faults.mesh.proxies.every(({ running }) => running.healthy()));
    done += 1;
  }
  console.info(`${done} rounds`);
  expect(done).toBeGreaterThan(0);
});
