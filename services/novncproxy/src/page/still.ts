import { byId } from '@consolemesh/proxy/page';

/** The last moment of a picture that is gone, shown behind the card while the page reconnects. */
export interface Still {
  keep(canvas: HTMLCanvasElement): void;
  hide(): void;
}

export function createStill(): Still {
  const still = byId('still') as HTMLCanvasElement;
  return {
    keep(canvas) {
      if (canvas.width === 0 || canvas.height === 0) return;
      still.width = canvas.width;
      still.height = canvas.height;
      still.getContext('2d')?.drawImage(canvas, 0, 0);
      still.hidden = false;
    },
    hide() {
      still.hidden = true;
      // The pixels go too: an ended session leaves nothing to look at.
      still.width = 0;
    },
  };
}
