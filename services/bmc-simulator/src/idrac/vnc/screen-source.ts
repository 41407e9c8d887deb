import type { Framebuffer } from '@consolemesh/rfb';
import type { Clock } from '../../clock.ts';
import type { RunningMachine } from '../../run-machine.ts';
import { createDisplay } from '../../vnc/create-display.ts';

/** What a VNC server shows, and where the input of its viewers goes. */
export interface ScreenSource {
  readonly framebuffer: Framebuffer;
  /** Somebody looks, until disposed. While nobody does, the picture may rest. */
  look(): Disposable;
  key(keysym: number, down: boolean): void;
  /** @param buttons bit 0 left, 1 middle, 2 right, 3 and 4 wheel */
  pointer(x: number, y: number, buttons: number): void;
  /** Lets go of every key and button that is held. */
  releaseInput(): void;
}

/** The screen of a simulated machine. */
export function machineScreen(machine: RunningMachine, clock: Clock): ScreenSource {
  const display = createDisplay(machine, clock);
  return {
    framebuffer: display.framebuffer,
    look: () => display.look(),
    key: (keysym, down) => machine.key(keysym, down),
    pointer: (x, y, buttons) => machine.pointerEvent(x, y, buttons),
    releaseInput: () => machine.releaseInput(),
  };
}
