import { type Clock, systemClock } from './clock.ts';
import { type IpmiFace, type IpmiFaceOptions, startIpmiFace } from './ipmi/start-ipmi-face.ts';
import { type RunningMachine, type RunOptions, runMachine } from './run-machine.ts';

export interface SimulatedIpmiOptions extends Pick<RunOptions, 'name' | 'stage' | 'speed'>, IpmiFaceOptions {
  /** Decides what the server is made of; its name unless told. */
  seed?: string | undefined;
  clock?: Clock | undefined;
}

/** A simulated server whose BMC speaks IPMI and nothing else: power and the serial line. */
export interface SimulatedIpmi extends AsyncDisposable {
  readonly machine: RunningMachine;
  readonly ipmi: IpmiFace;
}

/** @throws when the address cannot be listened on */
export async function startSimulatedIpmi(options: SimulatedIpmiOptions): Promise<SimulatedIpmi> {
  const { name, seed = name, stage, speed, clock = systemClock, ...face } = options;
  const machine = runMachine({ name, seed, clock, ...(stage && { stage }), ...(speed && { speed }) });
  try {
    const ipmi = await startIpmiFace(machine, clock, face);
    return {
      machine,
      ipmi,
      async [Symbol.asyncDispose]() {
        machine[Symbol.dispose]();
        await ipmi[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    machine[Symbol.dispose]();
    throw error;
  }
}
