/** Says over an empty terminal that nothing has come yet, and what to do: most lines are silent until somebody presses Enter. */
export interface SilentLine {
  /** A console was opened; nothing has come from it. */
  opened(): void;
  /** Something came. */
  heard(): void;
  /** Something was sent to the machine. */
  typed(): void;
  /** The console is gone. */
  left(): void;
}

/** How long a line is given to say something by itself, ms. */
const patienceMs = 2_000;
/** How long a machine is given to answer a key, ms: a getty that starts anew, a slow BMC. */
const answerMs = 5_000;

const untouched = 'Nothing has come over this line yet.';
const wake = `${untouched} Press Enter: a machine that waits for a login answers.`;
const unanswered =
  'Keys were sent, and nothing came back. Is the machine on, and does it show its console on the serial port?';

/** Writes into `place`, which is empty while there is nothing to say. `mayType`: whether keys of this page go to the machine. */
export function createSilentLine(
  place: Pick<HTMLElement, 'textContent'>,
  mayType: () => boolean,
): SilentLine {
  type State =
    /** No console, or one that speaks. */
    | 'speaking'
    /** Nothing has come, and nothing was sent. */
    | 'untouched'
    /** Something was sent, and nothing has come. */
    | 'asked';
  let state: State = 'speaking';
  let timer: ReturnType<typeof setTimeout> | undefined;

  const become = (next: State) => {
    state = next;
    clearTimeout(timer);
    if (next === 'speaking') place.textContent = '';
    if (next === 'untouched') timer = setTimeout(say, patienceMs, () => (mayType() ? wake : untouched));
    if (next === 'asked') timer = setTimeout(say, answerMs, () => unanswered);
  };
  const say = (sentence: () => string) => {
    place.textContent = sentence();
  };
  return {
    opened: () => become('untouched'),
    heard: () => state !== 'speaking' && become('speaking'),
    typed: () => state === 'untouched' && become('asked'),
    left: () => become('speaking'),
  };
}
