import { element, icon } from '@consolemesh/proxy/page';
import { clock, type Mark, span } from './log-words.ts';
import { type PlaybackState, speeds } from './playback.ts';

/** The line with which a log is played. */
export interface PlayerBar {
  readonly bar: HTMLElement;
  /** What is played; undefined = nothing, and then nothing can be pressed. */
  load(marks: readonly Mark[] | undefined): void;
  show(state: PlaybackState): void;
  /** The keyboard goes to the button that plays. */
  focus(): void;
}

/** What its controls do; positions in ms. */
export interface PlayerActions {
  toggle(): void;
  seek(position: number): void;
  /** To the place where it stands in the wall clock. */
  jump(at: number): void;
  toStart(): void;
  toEnd(): void;
  setSpeed(speed: number): void;
  setSkipping(on: boolean): void;
}

/** Ticks on the slider are told apart up to so many. */
const mostTicks = 200;

export function createPlayerBar(actions: PlayerActions): PlayerBar {
  const start = button('first', 'To the start (Home)', actions.toStart);
  const play = button('play', 'Play (Space)', actions.toggle);
  const end = button('last', 'To the end (End)', actions.toEnd);
  const slider = element('input', { type: 'range', min: 0, max: 0, step: 1, 'aria-label': 'Time' });
  slider.addEventListener('input', () => actions.seek(Number(slider.value)));
  const ticks = element('div', { class: 'player-ticks', 'aria-hidden': 'true' });
  const time = element('span', { id: 'player-time', class: 'player-time' });
  const happened = element('output', { id: 'player-event', class: 'player-event' });
  const speed = select(
    'Speed',
    speeds.map((one) => [String(one), `${one} ×`]),
  );
  speed.addEventListener('change', () => actions.setSpeed(Number(speed.value)));
  const skips = element('input', { type: 'checkbox', checked: true });
  skips.addEventListener('change', () => actions.setSkipping(skips.checked));
  const events = select('Events', []);
  events.addEventListener('change', () => {
    if (events.value !== '') actions.jump(Number(events.value));
    events.value = '';
  });
  const controls = [start, play, end, slider, speed, skips, events];
  const bar = element(
    'div',
    { class: 'player-bar', role: 'group', 'aria-label': 'Playing' },
    element('div', { class: 'player-buttons' }, start, play, end),
    element('div', { class: 'player-slider' }, slider, ticks),
    time,
    element('label', {}, 'Speed', speed),
    element('label', { class: 'check' }, skips, 'Skip idle'),
    events,
    happened,
  );
  let marks: readonly Mark[] = [];
  let ticked: PlaybackState['timeline'] | undefined;

  return {
    bar,
    load(next) {
      marks = next ?? [];
      ticked = undefined;
      for (const control of controls) control.disabled = next === undefined;
      events.disabled = marks.length === 0;
      const title = marks.length === 0 ? 'No events' : `Events (${marks.length})`;
      const options = marks.map(({ at, words }) => option(String(at), `${clock(at)}  ${words}`));
      events.replaceChildren(option('', title), ...options);
      if (next !== undefined) return;
      for (const place of [time, happened]) place.textContent = '';
      ticks.replaceChildren();
    },
    show({ playing, position, speed: now, timeline }) {
      const label = playing ? 'Pause (Space)' : 'Play (Space)';
      if (play.title !== label) {
        play.title = label;
        play.setAttribute('aria-label', label);
        play.replaceChildren(icon(playing ? 'pause' : 'play'));
      }
      const at = timeline.wallAt(position);
      slider.max = String(Math.ceil(timeline.length));
      slider.value = String(Math.round(position));
      slider.setAttribute('aria-valuetext', clock(at));
      put(time, `${clock(at)} · ${span(position)} of ${span(timeline.length)}`);
      speed.value = String(now);
      put(happened, lastWords(marks, at));
      if (ticked === timeline) return;
      ticked = timeline;
      ticks.replaceChildren(...marks.slice(0, mostTicks).map((mark) => tick(mark, timeline)));
    },
    focus: () => play.focus(),
  };
}

/** What happened last, at or before a time. */
function lastWords(marks: readonly Mark[], at: number): string {
  const last = marks.findLast((mark) => mark.at <= at);
  return last ? `${clock(last.at)}  ${last.words}` : '';
}

function tick({ at, words }: Mark, timeline: PlaybackState['timeline']): HTMLElement {
  const made = element('span', { title: words });
  const part = timeline.length === 0 ? 0 : timeline.positionOf(at) / timeline.length;
  made.style.setProperty('left', `${(part * 100).toFixed(2)}%`);
  return made;
}

/** Leaves what is the same, so that nobody hears it twice. */
function put(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

function button(name: 'first' | 'play' | 'last', title: string, act: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', title, 'aria-label': title }, icon(name));
  made.addEventListener('click', act);
  return made;
}

function select(label: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return element('select', { 'aria-label': label }, ...options.map(([value, text]) => option(value, text)));
}

function option(value: string, text: string): HTMLOptionElement {
  return element('option', { value }, text);
}
