import type { LogMessage, LogPiece, LogWish } from '@consolemesh/proxy/page';
import type { Terminal, TerminalLooks } from '../terminal/terminal.ts';
import { createFeed, type Feed } from './feed.ts';
import { clock, marksOf, whyNot } from './log-words.ts';
import { createPlayback, speeds } from './playback.ts';
import { createPlayerBar, type PlayerActions } from './player-bar.ts';
import { createPlayerView } from './player-view.ts';
import { createLogReader, type LogPart } from './read-log.ts';
import { createTimeline } from './timeline.ts';

/** Plays the log of the console over the live terminal, which goes on below. */
export interface Player {
  readonly open: boolean;
  toggle(): void;
  close(): void;
  /** What the proxy tells of the log. */
  hear(message: LogMessage): void;
  /** The session is gone: what has been read can still be played. */
  away(): void;
  apply(looks: TerminalLooks): void;
}

export interface PlayerParts {
  /** Makes the terminal in which it is seen. */
  readonly terminal: (place: HTMLElement) => Promise<Terminal>;
  readonly looks: () => TerminalLooks;
  readonly send: (wish: LogWish) => void;
  readonly shown: (open: boolean) => void;
  /** It was closed by the keyboard or a button: keys go to the live terminal. */
  readonly left: () => void;
}

const stepBytes = 1024 * 1024;
/** So often what is shown follows the clock, ms. */
const turnMs = 40;

export function createPlayer(parts: PlayerParts): Player {
  let pieces: readonly LogPiece[] = [];
  let next: number | undefined;
  let skipsIdle = true;
  let screen: Promise<Terminal> | undefined;
  let feed: Feed | undefined;
  let turning: ReturnType<typeof setInterval> | undefined;

  const playback = createPlayback({
    timeline: createTimeline([], true),
    now: () => performance.now(),
    changed(state) {
      bar.show(state);
      feed?.show(pieces, state.timeline.countAt(state.position));
    },
  });
  const actions: PlayerActions = {
    toggle: () => playback.toggle(),
    seek: (position) => playback.seek(position),
    jump: (at) => playback.seek(playback.state.timeline.positionOf(at)),
    toStart: () => playback.seek(0),
    toEnd: () => playback.seek(playback.state.timeline.length),
    setSpeed: (speed) => playback.setSpeed(speed),
    setSkipping(on) {
      const { timeline, position } = playback.state;
      skipsIdle = on;
      const laid = createTimeline(pieces, on);
      playback.load(laid, laid.positionOf(timeline.wallAt(position)));
    },
  };
  const bar = createPlayerBar(actions);
  const view = createPlayerView(bar, {
    ...actions,
    close,
    read,
    next: () => next !== undefined && readFrom(next),
    step: (ms) => playback.seek(playback.state.position + ms),
    faster(by) {
      const speed = speeds.find((_, at) => speeds[at - by] === playback.state.speed);
      if (speed !== undefined) playback.setSpeed(speed);
    },
  });
  const reader = createLogReader({
    send: parts.send,
    // In large steps: each of them is read aloud.
    progress: (bytes) => bytes >= stepBytes && view.say(`Reading… ${Math.floor(bytes / stepBytes)} MiB`),
    done: load,
    failed(reason, message) {
      empty();
      view.say(whyNot(reason, message));
    },
  });

  function empty(): void {
    pieces = [];
    next = undefined;
    playback.pause();
    playback.load(createTimeline(pieces, skipsIdle), 0);
    // What cannot be pressed loses the keyboard, which must not go to nowhere.
    if (bar.bar.contains(document.activeElement)) view.focus();
    bar.load(undefined);
    view.offerNext(false);
  }

  function load(part: LogPart): void {
    pieces = part.pieces;
    next = part.next;
    const [first, last] = [pieces[0], pieces.at(-1)];
    view.offerNext(next !== undefined);
    if (!first || !last) {
      empty();
      view.say(nothing(view.back));
      return;
    }
    bar.load(marksOf(pieces));
    playback.load(createTimeline(pieces, skipsIdle), 0);
    const more = next === undefined ? '' : ' The log goes on after this part, which holds 4 MB.';
    view.say(`${clock(first.at)} to ${clock(last.at)}.${more}`);
    playback.play();
    if (view.focused) bar.focus();
  }

  function read(): void {
    const { back } = view;
    readFrom(back === undefined ? undefined : Math.max(0, Date.now() - back));
  }

  function readFrom(since: number | undefined): void {
    empty();
    view.say('Reading…');
    reader.read(since === undefined ? {} : { since });
  }

  async function open(): Promise<void> {
    view.show(true);
    parts.shown(true);
    turning = setInterval(() => playback.tick(), turnMs);
    read();
    screen ??= parts.terminal(view.screen);
    const terminal = await screen;
    terminal.setTyping(false);
    terminal.apply(parts.looks());
    feed ??= createFeed({
      write: (bytes, written) => terminal.write(bytes, written),
      reset: () => terminal.reset(),
      setSize: (size) => terminal.setSize(size, true),
    });
    const { timeline, position } = playback.state;
    feed.show(pieces, timeline.countAt(position));
  }

  function close(): void {
    if (!view.open) return;
    clearInterval(turning);
    reader.cancel();
    empty();
    view.say('');
    view.show(false);
    parts.shown(false);
    parts.left();
  }

  bar.load(undefined);
  return {
    get open() {
      return view.open;
    },
    toggle: () => (view.open ? close() : void open()),
    close,
    hear: (message) => reader.hear(message),
    away() {
      if (!reader.reading) return;
      reader.cancel();
      empty();
      view.say('The connection broke while the log was read; read again once it is back.');
    },
    apply: (looks) => void screen?.then((terminal) => terminal.apply(looks)),
  };
}

function nothing(back: number | undefined): string {
  if (back === undefined) return 'The log is empty: the machine has said nothing since recording began.';
  return 'The machine has said nothing in this time; choose a longer part.';
}
