import { type Clock, systemClock } from './clock.ts';
import { type IpmiFace, type IpmiFaceOptions, startIpmiFace } from './ipmi/start-ipmi-face.ts';
import { type RunningMachine, type RunOptions, runMachine } from './run-machine.ts';
import { createCellPainter } from './screen/paint-cells.ts';
import { type Listen, startVncFace, type VncFaceOptions } from './vnc/start-vnc-face.ts';

export interface SimulatedMachineOptions
  extends Pick<RunOptions, 'name' | 'stage' | 'speed'>,
    Omit<VncFaceOptions, 'listen'> {
  /** Where its VNC server listens; a free port of 127.0.0.1 unless told. */
  listen?: Listen | undefined;
  /** Decides what the server is made of; its name unless told. */
  seed?: string | undefined;
  clock?: Clock | undefined;
  /** IPMI beside the VNC server, with the serial line; none unless told. */
  ipmi?: IpmiFaceOptions | undefined;
}

/** A simulated server with its faces. */
export interface SimulatedMachine {
  /** Where its VNC server listens. */
  readonly address: Listen;
  readonly machine: RunningMachine;
  readonly ipmi: IpmiFace | undefined;
  /** VNC connections now. */
  readonly sessions: number;
  /** What its screen shows now, as a viewer would see it with the text cursor lit. */
  picture(): Picture;
  /** Hangs up on every viewer, in the middle of whatever it is. */
  dropViewers(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One word per pixel, 0x00RRGGBB, row after row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
}

/**
 * Invents a server, switches it on and gives it a VNC server.
 * @throws when the address cannot be listened on, or TLS is asked for without key and certificate
 */
export async function startSimulatedMachine(options: SimulatedMachineOptions): Promise<SimulatedMachine> {
  const { name, seed = name, stage, speed, clock = systemClock } = options;
  const { listen = { host: '127.0.0.1', port: 0 }, ...face } = options;
  const machine = runMachine({ name, seed, clock, ...(stage && { stage }), ...(speed && { speed }) });
  let ipmi: IpmiFace | undefined;
  try {
    ipmi = options.ipmi && (await startIpmiFace(machine, clock, options.ipmi));
    const vnc = await startVncFace(machine, clock, { ...face, listen });
    return {
      address: vnc.address,
      machine,
      ipmi,
      get sessions() {
        return vnc.sessions;
      },
      picture() {
        const { width, height, pixels, paint } = createCellPainter(machine.screen);
        paint(true, machine.pointer);
        return { width, height, pixels };
      },
      dropViewers: () => vnc.dropAll(),
      async [Symbol.asyncDispose]() {
        machine[Symbol.dispose]();
        await ipmi?.[Symbol.asyncDispose]();
        await vnc[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    machine[Symbol.dispose]();
    await ipmi?.[Symbol.asyncDispose]();
    throw error;
  }
}
