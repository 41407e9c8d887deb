import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSilentLine } from './silent-line.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(mayType = true) {
  const place = { textContent: '' };
  const line = createSilentLine(place, () => mayType);
  line.opened();
  return { place, line };
}

describe('a line', () => {
  it('that says nothing is given a moment, then it is said how to wake it', () => {
    const { place } = open();
    vi.advanceTimersByTime(1_000);
    expect(place.textContent).toBe('');
    vi.advanceTimersByTime(10_000);
    expect(place.textContent).toMatch(/^Nothing has come .*Press Enter/);
  });

  it('that says nothing is not to be woken by who may only watch', () => {
    const { place } = open(false);
    vi.advanceTimersByTime(10_000);
    expect(place.textContent).toBe('Nothing has come over this line yet.');
  });

  it('that answers no key makes one look for the reason, however often keys are sent', () => {
    const { place, line } = open();
    for (let second = 0; second < 8; second++) {
      line.typed();
      vi.advanceTimersByTime(1_000);
    }
    expect(place.textContent).toMatch(/^Keys were sent.*serial port\?$/);
  });

  it.each(['heard', 'left'] as const)('is not spoken of any more once it was %s', (end) => {
    const { place, line } = open();
    vi.advanceTimersByTime(10_000);
    line.typed();
    line[end]();
    expect(place.textContent).toBe('');
    line.typed();
    vi.advanceTimersByTime(60_000);
    expect(place.textContent).toBe('');
  });

  it('that was opened anew is judged anew', () => {
    const { place, line } = open();
    line.heard();
    line.left();
    line.opened();
    vi.advanceTimersByTime(10_000);
    expect(place.textContent).toMatch(/^Nothing has come/);
  });
});
