import { describe, expect, it } from 'vitest';
import { createPlayback, type PlaybackState } from './playback.ts';
import { createTimeline } from './timeline.ts';

const pieces = Array.from({ length: 11 }, (_, n) => ({ at: n * 1_000, data: new Uint8Array() }));

function start() {
  let time = 0;
  const seen: PlaybackState[] = [];
  const playback = createPlayback({
    timeline: createTimeline(pieces, true),
    now: () => time,
    changed: (state) => seen.push(state),
  });
  return {
    playback,
    seen,
    wait(ms: number) {
      time += ms;
      playback.tick();
    },
    position: () => playback.state.position,
  };
}

describe('playing a log', () => {
  it('goes with the clock, at its speed, and stops at the end', () => {
    const { playback, wait, position } = start();
    wait(1_000);
    expect(position()).toBe(0);
    playback.play();
    wait(1_500);
    expect(position()).toBe(1_500);
    playback.setSpeed(4);
    wait(1_000);
    expect(position()).toBe(5_500);
    wait(1_900);
    expect(playback.state).toMatchObject({ position: 10_000, playing: false });
    playback.play();
    expect(playback.state).toMatchObject({ position: 0, playing: true });
  });

  it('stands while it is paused, and what passed before counts', () => {
    const { playback, wait, position } = start();
    playback.play();
    wait(1_000);
    playback.toggle();
    wait(1_000);
    expect(position()).toBe(1_000);
    playback.toggle();
    wait(500);
    expect(position()).toBe(1_500);
  });

  it('is moved within its length, while it plays and while it does not', () => {
    const { playback, wait, position } = start();
    playback.seek(4_000);
    playback.play();
    wait(250);
    expect(position()).toBe(4_250);
    playback.seek(1e9);
    expect(position()).toBe(10_000);
    playback.seek(-5);
    expect(position()).toBe(0);
  });

  it('keeps its place in another timeline', () => {
    const { playback, position } = start();
    playback.seek(9_000);
    playback.load(createTimeline(pieces.slice(0, 4), true), 9_000);
    expect(position()).toBe(3_000);
  });

  it('skips nothing when the computer slept', () => {
    const { playback, wait, position } = start();
    playback.play();
    wait(3_600_000);
    expect(position()).toBe(2_000);
  });

  it('of nothing does not play', () => {
    const { playback } = start();
    playback.load(createTimeline([], true), 0);
    playback.play();
    expect(playback.state.playing).toBe(false);
  });
});
