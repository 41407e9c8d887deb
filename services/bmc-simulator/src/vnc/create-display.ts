import { createFramebuffer, type Framebuffer } from '@consolemesh/rfb';
import type { Clock } from '../clock.ts';
import type { RunningMachine } from '../run-machine.ts';
import { createCellPainter, sizeInPixels } from '../screen/paint-cells.ts';

/** The machine's screen in pixels, kept up to date while somebody looks at it. */
export interface Display {
  readonly framebuffer: Framebuffer;
  /** Somebody looks, until disposed. While nobody does, nothing is painted and no timer runs. */
  look(): Disposable;
}

/** Shortest time between two paintings: what changes faster is drawn once. */
const frameMs = 25;
/** Half a period of the blinking text cursor. */
const blinkMs = 500;

export function createDisplay(machine: RunningMachine, clock: Clock): Display {
  const { width, height } = sizeInPixels(machine.screen);
  const framebuffer = createFramebuffer(width, height);
  const { paint } = createCellPainter(machine.screen, framebuffer.pixels);
  let lookers = 0;
  let watching: Disposable | undefined;
  let frame: Disposable | undefined;
  let blink: Disposable | undefined;
  let lit = true;
  let paintedAt = Number.NEGATIVE_INFINITY;

  const paintNow = () => {
    frame = undefined;
    paintedAt = clock.now();
    for (const rectangle of paint(lit, machine.pointer)) framebuffer.changed(rectangle);
  };
  const changed = () => {
    lit = true;
    scheduleBlink();
    if (frame) return;
    const wait = paintedAt + frameMs - clock.now();
    if (wait <= 0) paintNow();
    else frame = clock.after(wait, paintNow);
  };
  const scheduleBlink = () => {
    blink?.[Symbol.dispose]();
    blink = undefined;
    if (lookers === 0 || !machine.screen.cursor.visible) return;
    blink = clock.after(blinkMs, () => {
      lit = !lit;
      paintNow();
      scheduleBlink();
    });
  };
  const close = () => {
    for (const timer of [watching, frame, blink]) timer?.[Symbol.dispose]();
    watching = frame = blink = undefined;
  };

  return {
    framebuffer,
    look() {
      lookers++;
      if (lookers === 1) watching = machine.watch(changed);
      let looking = true;
      return {
        [Symbol.dispose]: () => {
          if (!looking) return;
          looking = false;
          lookers--;
          if (lookers === 0) close();
        },
      };
    },
  };
}
