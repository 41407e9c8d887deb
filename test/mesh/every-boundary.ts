import { expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Boundary } from './fault-layer.ts';
import { type FaultMesh, startFaultMesh } from './fault-mesh.ts';
import { adopt, createSubject, disable, enable, open, settle, stillOpen, type Way } from './scenario.ts';

/** Which side of a call dies, that its caller stands still for a while, or that the call takes its time. */
type Side = 'from' | 'to' | 'stall' | 'slow';

/** One death: at the first boundary of this name. */
interface Death {
  readonly method: string;
  readonly phase: Boundary['phase'];
  readonly side: Side;
}

/** For a closer look at some of them: a part of their names, such as `after startConsole`. */
const only = new RegExp(process.env.CONSOLEMESH_TEST_FAULTS ?? '');
const words = {
  from: 'the caller dies',
  to: 'the callee dies',
  stall: 'the caller stands still',
  slow: 'slow',
} as const;
/** Most of a lease, in the mesh's time, ms. */
const slowMs = 1_000;

/** Parts that can die and be replaced by another; of the token service there is one. */
const mortals = /^(conductor|proxy|vnc driver|fake driver|provider)/;

/** enable, open, lose the conductor, disable; `at` is told each boundary. */
async function run(
  faults: FaultMesh,
  way: Way,
  at: (boundary: Boundary) => void | Promise<void>,
): Promise<string[]> {
  faults.history.clear();
  faults.layer.recorded.splice(0);
  await using subject = await createSubject(faults, way);
  faults.layer.onBoundary = at;
  try {
    await enable(faults, subject);
    using tab = await open(faults, subject);
    await adopt(faults, subject);
    await stillOpen(faults, subject, tab);
    await disable(faults, subject);
    await settle(faults, subject);
  } finally {
    faults.layer.onBoundary = () => {};
  }
  return check(faults.history.events);
}

/** Every boundary of the scenario, with each of its sides that can die. */
async function enumerate(way: Way): Promise<{ deaths: Death[]; violations: string[] }> {
  await using faults = await startFaultMesh();
  const deaths = new Map<string, Death>();
  const violations = await run(faults, way, ({ method, phase, from, to }) => {
    for (const [side, part] of [['from', from] as const, ['to', to] as const]) {
      if (!mortals.test(part)) continue;
      deaths.set(`${method} ${phase} ${side}`, { method, phase, side });
    }
    if (from.startsWith('conductor') && mortals.test(to)) {
      const side = phase === 'during' ? 'slow' : 'stall';
      deaths.set(`${method} ${phase} ${side}`, { method, phase, side });
    }
  });
  return { deaths: [...deaths.values()], violations };
}

/** One run with one death; answers what was violated, or that its boundary was not reached. */
async function runWithDeath(
  faults: FaultMesh,
  way: Way,
  death: Death,
): Promise<{ reached: boolean; violations: string[] }> {
  let died = false;
  const violations = await run(faults, way, (boundary) => {
    if (died || boundary.method !== death.method || boundary.phase !== death.phase) return;
    died = true;
    if (death.side === 'stall') return faults.stall(boundary.from);
    if (death.side === 'slow')
      return new Promise<void>((resolve) => void faults.clock.after(slowMs, resolve));
    const part = boundary[death.side];
    // A call to the conductors goes to whichever of them answers first.
    faults.kill(part === 'conductor' ? faults.mesh.conductors.find(({ alive }) => alive)!.name : part);
  });
  await faults.reviveAll();
  return { reached: died, violations };
}

/** The tests of one way: the scenario without a fault, then with one death at every boundary. */
export function everyBoundary(way: Way): void {
  test(`every part can die, and every conductor can stand still, at every call while a console is opened: ${way}`, {
    timeout: 1_200_000,
  }, async () => {
    const { deaths, violations } = await enumerate(way);
    expect(violations, 'without a fault').toEqual([]);
    expect(deaths.length).toBeGreaterThan(30);
    const found: string[] = [];
    let done = 0;
    let faults = await startFaultMesh();
    const renew = async () => {
      await faults[Symbol.asyncDispose]();
      faults = await startFaultMesh();
    };
    const began = performance.now();
    for (const death of deaths) {
      const name = `${words[death.side]} ${death.phase} ${death.method}`;
      if (!only.test(name)) continue;
      try {
        let outcome = await runWithDeath(faults, way, death);
        if (!outcome.reached) {
          // Calls that a mesh makes once in its life, such as the one for the grant keys, are made by a new mesh only.
          await renew();
          outcome = await runWithDeath(faults, way, death);
        }
        if (!outcome.reached) found.push(`${name}: the boundary was not reached`);
        for (const violation of outcome.violations) found.push(`${name}: ${violation}`);
      } catch (error) {
        found.push(`${name}: ${error}`);
        await renew();
      }
      done += 1;
    }
    await faults[Symbol.asyncDispose]();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.info(`${way}: ${done} faults in ${seconds} s`);
    expect(found).toEqual([]);
  });
}
