import type { Timeline } from './timeline.ts';

/** Where playing stands. */
export interface PlaybackState {
  readonly playing: boolean;
  /** ms from the beginning, at normal speed. */
  readonly position: number;
  readonly speed: number;
  readonly timeline: Timeline;
}

/** Plays a timeline by a clock that is given to it. */
export interface Playback {
  readonly state: PlaybackState;
  /** Another timeline, at a position of it; goes on playing if it did. */
  load(timeline: Timeline, position: number): void;
  /** From the beginning when it stands at the end. */
  play(): void;
  pause(): void;
  toggle(): void;
  /** Anywhere; kept within the timeline. */
  seek(position: number): void;
  setSpeed(speed: number): void;
  /** Time has passed. Stops at the end. */
  tick(): void;
}

/** How many times faster than it was. */
export const speeds = [1, 2, 4, 8, 16] as const;

/** A turn of the clock that is longer than this counts as this, ms: a computer that slept skips nothing. */
const longestTurn = 2_000;

export function createPlayback(options: {
  readonly timeline: Timeline;
  /** ms, ever growing. */
  readonly now: () => number;
  readonly changed: (state: PlaybackState) => void;
}): Playback {
  const { now, changed } = options;
  let state: PlaybackState = { playing: false, position: 0, speed: 1, timeline: options.timeline };
  let last = now();

  const become = (change: Partial<PlaybackState>) => {
    state = { ...state, ...change };
    changed(state);
  };
  /** What has passed since the last look counts at the speed that was. */
  const advance = () => {
    const time = now();
    const passed = Math.min(longestTurn, time - last);
    last = time;
    if (!state.playing) return;
    const position = Math.min(state.timeline.length, state.position + passed * state.speed);
    state = { ...state, position, playing: position < state.timeline.length };
  };
  const within = (position: number) => Math.max(0, Math.min(state.timeline.length, position));

  return {
    get state() {
      return state;
    },
    load(timeline, position) {
      advance();
      state = { ...state, timeline };
      become({ position: within(position) });
    },
    play() {
      advance();
      const atEnd = state.position >= state.timeline.length;
      become({ playing: state.timeline.length > 0, position: atEnd ? 0 : state.position });
    },
    pause() {
      advance();
      become({ playing: false });
    },
    toggle() {
      if (state.playing) this.pause();
      else this.play();
    },
    seek(position) {
      advance();
      become({ position: within(position) });
    },
    setSpeed(speed) {
      advance();
      become({ speed });
    },
    tick() {
      if (!state.playing) return;
      advance();
      changed(state);
    },
  };
}
