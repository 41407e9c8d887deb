import type { ColourName } from '../../screen/palette.ts';
import type { StageContext } from '../stage.ts';

const signs = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+*=<>:;|#$%&@¤§¶ßØÆÞµ¿¡'];
const tail: ColourName[] = [
  'rain4',
  'rain3',
  'rain3',
  'rain3',
  'rain3',
  'rain2',
  'rain2',
  'rain2',
  'rain1',
  'rain1',
];
const frames = 1200;

/** Falling letters until `stopped`, or for a minute: an animation that nobody ends must not run for ever. */
export function* rain(
  { screen, random }: Pick<StageContext, 'screen' | 'random'>,
  stopped: () => boolean,
): Generator<number, void, undefined> {
  screen.clear();
  screen.showCursor(false);
  const drops = Array.from({ length: screen.columns }, () => ({
    head: -random.between(0, 2 * screen.rows),
    pace: random.between(1, 3),
  }));
  for (let frame = 0; frame < frames && !stopped(); frame++) {
    for (const [column, drop] of drops.entries()) {
      if (frame % drop.pace !== 0) continue;
      drop.head++;
      screen.put(column, drop.head, random.pick(signs), { fg: 'rain4' });
      for (const [distance, fg] of tail.entries()) {
        if (distance > 0) screen.tint(column, drop.head - distance, 1, 1, { fg });
      }
      screen.put(column, drop.head - tail.length - 6, ' ');
      if (drop.head > screen.rows + tail.length + 6) drop.head = -random.between(0, screen.rows / 2);
    }
    yield 50;
  }
  screen.clear();
}
