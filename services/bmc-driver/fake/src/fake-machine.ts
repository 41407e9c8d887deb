import type { BootDevice, PowerState } from '@consolemesh/driver-sdk';
import {
  createFramebuffer,
  createFramebufferServer,
  type Framebuffer,
  type FramebufferServer,
} from '@consolemesh/rfb';
import { createSerialLine, type SerialLine } from './serial-line.ts';

/** A machine that is made up: a screen with stripes, a line that echoes, power, and one setting that consoles change. */
export interface FakeMachine {
  readonly framebuffer: Framebuffer;
  readonly screen: FramebufferServer;
  readonly line: SerialLine;
  power: PowerState;
  bootDevice: BootDevice;
  /** Whether the BMC's console server is switched on; starting a console does it, stopping restores it. */
  consoleServer: 'on' | 'off';
  /** Set it, and no call reaches the machine. */
  broken: boolean;
  /** Calls that reached it, by verb. */
  readonly calls: Record<'start' | 'stop' | 'check' | 'power' | 'all', number>;
}

/** Machines by node id; several instances of the driver can share them. */
export type FakeMachines = Map<string, FakeMachine>;

const size = { width: 320, height: 200 };
const stripes = [0xcc2222, 0xddaa22, 0x22aa44, 0x2266cc];

/** The machine of a node; it is made when it is first asked for. */
export function machineOf(machines: FakeMachines, nodeId: string, name: string): FakeMachine {
  let machine = machines.get(nodeId);
  if (!machine) {
    const framebuffer = createFramebuffer(size.width, size.height);
    const step = size.height / stripes.length;
    for (const [i, colour] of stripes.entries()) {
      framebuffer.fill({ x: 0, y: i * step, width: size.width, height: step }, colour);
    }
    machine = {
      framebuffer,
      screen: createFramebufferServer({ framebuffer, name: `fake ${name}` }),
      line: createSerialLine(),
      power: 'on',
      bootDevice: 'none',
      consoleServer: 'off',
      broken: false,
      calls: { start: 0, stop: 0, check: 0, power: 0, all: 0 },
    };
    machines.set(nodeId, machine);
  }
  return machine;
}
