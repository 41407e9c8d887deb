import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { createRandom, shuffle } from '../harness/random.ts';
import { type Fault, faults } from './serial/faults.ts';
import { type Person, sitDown } from './serial/person.ts';
import { type NodeName, startWorld, type World } from './serial/world.ts';

const minute = 60_000;
const soaks = Number(process.env.CONSOLEMESH_SOAK_MINUTES ?? 0) > 0;
const seed = Number(process.env.CONSOLEMESH_TEST_FAULT_SEED ?? randomInt(2 ** 31));
const random = createRandom(seed);
/** Whether each driver has the other's BMC. */
const crossed = random() < 0.5;
const chosen: readonly Fault[] = soaks ? [...shuffle(faults, random), ...shuffle(faults, random)] : few();
/** Lines that are typed afterwards have to be answered within this time: what a BMC still knows of the dead it may keep for a minute. */
const recoveryMs = 3 * minute;
/** Lines of undisturbed traffic between two faults. */
const fewLines = 10;
const nodes: readonly NodeName[] = ['rack1-sol', 'rack2-socat'];

let world: World;
const people: Person[] = [];
const report: string[] = [];

beforeAll(async () => {
  console.info(`seed: CONSOLEMESH_TEST_FAULT_SEED=${seed}`);
  world = await startWorld({ crossed });
  for (const node of nodes)
    for (const role of ['control', 'view'] as const)
      people.push(await sitDown(node, await world.link(node, role), { types: role === 'control' }));
  await answered();
}, 5 * minute);

afterAll(async () => {
  for (const person of people) person[Symbol.dispose]();
  await world?.[Symbol.asyncDispose]();
  console.info(
    `seconds without a console (${crossed ? 'crossed' : 'as named'}, seed ${seed})\n${report.join('\n')}`,
  );
}, minute);

/** Three faults, of which one is slow. */
function few(): readonly Fault[] {
  const [slow, quick] = [true, false].map((kind) =>
    shuffle(
      faults.filter((fault) => fault.slow === kind),
      random,
    ),
  );
  return shuffle([...slow!.slice(0, 1), ...quick!.slice(0, 2)], random);
}

/** Waits until everybody has heard some of the lines that are typed from now on. */
async function answered(): Promise<void> {
  const from = new Map(people.map(({ name, typed }) => [name, typed]).reverse() as [string, number][]);
  await eventually(
    () => people.map(({ name, heard, typed, ends }) => ({ name, heard, typed, ends })),
    (all) => all.every(({ name, heard }) => heard > from.get(name)! + fewLines),
    { what: 'answers to lines that were typed afterwards', withinMs: recoveryMs, everyMs: 20 },
  );
}

describe('consoles come back when somebody is killed during traffic:', () => {
  it.each(chosen.map((fault, index) => [`${index + 1}. ${fault.name}`, fault] as const))(
    '%s',
    async (name, fault) => {
      for (const person of people) person.longestSilence();
      const byHand = people.map((person) => person.byHand);
      await fault.happen(world, random);
      await answered();
      const silent = nodes.map((node) => {
        const longest = Math.max(
          ...people.filter((one) => one.name === node).map((one) => one.longestSilence()),
        );
        return `${node} ${(longest / 1_000).toFixed(1)} s`;
      });
      const asked = people.reduce((sum, person, index) => sum + person.byHand - byHand[index]!, 0);
      report.push(`${name}: ${silent.join(', ')}${asked > 0 ? `, asked for by hand ${asked} times` : ''}`);
      expect(people.map(({ mistakes }) => mistakes)).toEqual(people.map(() => []));
    },
    recoveryMs + 3 * minute,
  );
});

it('nothing that was typed reached the machine twice, or before what was typed before it', () => {
  const { entered } = world.machine;
  expect(entered.length).toBeGreaterThan(0);
  expect(entered).toEqual([...new Set(entered)].sort((a, b) => a - b));
});

it(
  'nothing is left over: no process, no port, no file, no console at a BMC',
  async () => {
    for (const person of people) person[Symbol.dispose]();
    for (const node of nodes) await world.disable(node);
    for (const { name, ipmitool } of world.bmcs) {
      // Get Payload Activation Status of SOL (IPMI 2.0 section 24.4): how many there may be, and which are active.
      expect(`${name}:${await ipmitool('raw', '6', '0x4a', '1')}`.trim()).toBe(`${name}: 01 00 00`);
      // The question is a session itself. What was killed has left one, which the BMC forgets after a minute.
      if (soaks)
        await eventually(
          () => ipmitool('session', 'info', 'active'),
          (said) => /^active sessions +: 1$/m.test(said),
          { what: `${name} without a session`, withinMs: 2 * minute, everyMs: 2_000 },
        );
    }
    expect(await world.endInOrder()).toEqual([]);
  },
  6 * minute,
);
