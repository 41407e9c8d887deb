import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import { killIfThere, processesOf } from './leftovers.ts';
import type { PartName, World } from './world.ts';

/** Something that dies by SIGKILL; resolves when what a supervisor starts again serves again. */
export interface Fault {
  readonly name: string;
  /** Costs ten seconds and more: a driver is found again by its conductor, or a BMC is given up by its driver. */
  readonly slow: boolean;
  happen(world: World, random: () => number): Promise<void>;
}

/** A part dies, and is started again a moment later, as a supervisor does. */
const kill = (name: string, part: PartName, more: Readonly<Record<string, string>> = {}): Fault => ({
  name,
  slow: part !== 'proxy' && part !== 'conductor',
  async happen({ parts }, random) {
    await parts[part].end('SIGKILL');
    await pause(200 + random() * 1_800);
    await parts[part].start(more);
  },
});

/** A program between the driver ipmi-socat and the BMC dies; nobody starts it again but the driver. */
const killProgram = (name: string, program: string): Fault => ({
  name,
  slow: false,
  async happen({ folder }) {
    await eventually(
      async () => {
        const found = (await processesOf(folder)).filter((one) => one.program === program);
        return found.map(({ pid }) => killIfThere(pid)).includes(true);
      },
      Boolean,
      { what: `${program} that runs and is killed`, withinMs: 60_000, everyMs: 50 },
    );
  },
});

export const faults: readonly Fault[] = [
  kill('driver ipmi-sol', 'sol'),
  kill('driver ipmi-socat, whose consoles outlive it', 'socat', { CONSOLEMESH_SOCAT_ADOPT: 'always' }),
  kill('driver ipmi-socat, whose successor ends what it finds', 'socat'),
  {
    name: 'driver ipmi-socat with all that it has started, as when its container is killed',
    slow: true,
    async happen({ folder, parts }, random) {
      await parts.socat.end('SIGKILL');
      for (const { pid, words } of await processesOf(folder))
        if (words.some((word) => word.includes(`${folder}/run/`))) killIfThere(pid);
      await pause(200 + random() * 1_800);
      await parts.socat.start();
    },
  },
  kill('serialproxy', 'proxy'),
  kill('conductor', 'conductor'),
  killProgram('a socat, the one that listens and the one for its client', 'socat'),
  killProgram('an ipmitool', 'ipmitool'),
  kill('the simulated BMC, with its machine', 'simulator'),
  kill('ipmi_sim', 'ipmiSim'),
];
