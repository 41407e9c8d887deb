import type { Traffic } from './open-session.ts';
import { describeTraffic, type Sample } from './statistics.ts';

/** What the line of figures is made of; undefined while nothing is connected. */
export type Figures = {
  readonly traffic: Readonly<Traffic>;
  readonly size: { width: number; height: number };
};

/** Writes the line of figures each second. */
export function showStatistics(line: HTMLElement, look: () => Figures | undefined): void {
  let before: Sample | undefined;
  let openedAt = 0;
  setInterval(() => {
    const now = look();
    if (!now) {
      before = undefined;
      line.textContent = '';
      return;
    }
    const sample: Sample = { ...now.traffic, at: performance.now() };
    if (!before) openedAt = sample.at;
    else line.textContent = describeTraffic(before, sample, now.size, openedAt);
    before = sample;
  }, 1000);
}
