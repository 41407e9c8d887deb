import type {
  ConsoleControl,
  ConsoleEvent,
  Opened,
  RawChannel,
  Showing,
  TerminalSize,
} from '@consolemesh/proxy/page';
import type { PenActions } from './panels/people-panel.ts';
import type { Preferences } from './preferences.ts';
import { happen, holdsPen, mayType, nameOf, type Presence, presenceOf, writer } from './presence.ts';
import type { SilentLine } from './silent-line.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Where the line meets the terminal: bytes both ways, who may type, and how large it is. */
export interface Desk {
  /** Shows an open console in the terminal; `came` hears its bytes as well. */
  open(
    terminal: Terminal,
    opened: Opened,
    channel: RawChannel,
    came: (bytes: Uint8Array<ArrayBuffer>) => void,
  ): Showing;
  presence(): Presence | undefined;
  /** The console has told something. */
  happened(event: ConsoleEvent): void;
  /** Keys, or an answer that the terminal gives by itself. */
  input(bytes: Uint8Array, answer: boolean): void;
  send(bytes: Uint8Array): void;
  /** Bytes that the browser has not sent yet. */
  unsent(): number;
  sendBreak(): void;
  /** Why what is typed would go nowhere; undefined = it would arrive. */
  whyNotType(): string | undefined;
  readonly pen: PenActions;
  /** The pen stays here. */
  decline(session: string): void;
  /** The room for the terminal has changed. */
  roomed(): void;
  /** What size this page would like. */
  wantedSize(): TerminalSize | undefined;
  /** Whether the terminal holds something of a console. */
  hasText(): boolean;
  /** Whether what was to be seen may stay after such an end. */
  mayKeepText(reason: string): boolean;
  /** Empties the terminal. */
  forget(): void;
}

export interface DeskParts {
  readonly terminal: () => Terminal | undefined;
  readonly preferences: () => Preferences;
  readonly control: (wish: ConsoleControl) => void;
  readonly pasting: () => boolean;
  readonly stopPasting: () => void;
  readonly silence: SilentLine;
  readonly says: (sentence: string) => void;
  readonly changed: () => void;
}

/** A window that is being dragged asks once it rests, ms. */
const restMs = 150;
/** Ends after which the operator may still read and save what was there: nobody wanted it away from them. */
const keepsText = /^(DISCONNECTED|CONNECTION_LOST|UPSTREAM_|BMC_|DRIVER_UNAVAILABLE|NOT_HELD|UNAVAILABLE)/;
const interrupt = 0x03;

export function createDesk(parts: DeskParts): Desk {
  const { preferences, control, silence, says, changed } = parts;
  let presence: Presence | undefined;
  let channel: RawChannel | undefined;
  let filled = false;
  let resting: ReturnType<typeof setTimeout> | undefined;
  let asked: TerminalSize | undefined;

  const wantedSize = (): TerminalSize | undefined => {
    const { lineSize } = preferences();
    if (lineSize === 'window') return parts.terminal()?.proposed();
    const [columns, rows] = lineSize.split('x').map(Number);
    return { columns: columns ?? 80, rows: rows ?? 24 };
  };
  /** The writer's window sets the size of the line. */
  const askForSize = () => {
    const wanted = wantedSize();
    if (!presence || !channel || !wanted || presence.size === undefined || !holdsPen(presence)) return;
    if (asked && same(asked, wanted)) return;
    asked = wanted;
    if (!same(presence.size, wanted)) control({ type: 'resize', ...wanted });
  };
  /** Whoever sets the size of the line by the window keeps the letters as they are: the line follows in a moment. */
  const lay = () => {
    const follows = presence !== undefined && holdsPen(presence) && preferences().lineSize === 'window';
    parts.terminal()?.setSize(presence?.size, !follows);
  };
  const whyNotType = () => {
    if (!presence || mayType(presence)) return undefined;
    if (presence.role === 'view') return 'Your link lets you watch only.';
    return `${nameOf(presence, writer(presence)?.session)} writes at present. Ask for the pen, or take it (People).`;
  };
  const send = (bytes: Uint8Array) => {
    channel?.send(bytes);
    silence.typed();
  };
  const become = (next: Presence) => {
    const had = presence && holdsPen(presence);
    presence = next;
    if (!had && holdsPen(next)) asked = undefined;
    if (had && !holdsPen(next)) parts.stopPasting();
  };

  return {
    open(terminal, opened, next, came) {
      channel = next;
      asked = undefined;
      presence = presenceOf(opened);
      terminal.reset();
      filled = true;
      silence.opened();
      lay();
      next.onmessage = ({ data }) => {
        const bytes = new Uint8Array(data);
        silence.heard();
        came(bytes);
        terminal.write(bytes);
      };
      askForSize();
      return {
        close() {
          if (channel === next) {
            channel = undefined;
            presence = undefined;
            silence.left();
          }
          next.close();
        },
      };
    },
    presence: () => presence,
    happened(event) {
      if (!presence) return;
      const change = happen(presence, event);
      become(change.now);
      if (event.type === 'resized' || event.type === 'pen') lay();
      askForSize();
      if (change.says !== undefined) says(change.says);
      changed();
    },
    input(bytes, answer) {
      if (!presence) return;
      // Of all terminals that show the line only the writer's answers.
      if (answer) return void (holdsPen(presence) && send(bytes));
      const why = whyNotType();
      if (why !== undefined) return says(why);
      if (parts.pasting()) {
        if (bytes[0] !== interrupt) return says('Wait for the paste, or stop it with Ctrl+C.');
        parts.stopPasting();
      }
      send(bytes);
    },
    send,
    unsent: () => channel?.bufferedAmount ?? 0,
    sendBreak() {
      const why = whyNotType();
      if (why !== undefined) return says(why);
      control({ type: 'break' });
    },
    whyNotType,
    pen: {
      ask: () => control({ type: 'pen', action: 'ask' }),
      take: () => control({ type: 'pen', action: 'take' }),
      give: (session) => control({ type: 'pen', action: 'give', session }),
    },
    decline(session) {
      if (!presence) return;
      presence = { ...presence, asking: presence.asking.filter((one) => one !== session) };
      changed();
    },
    roomed() {
      lay();
      clearTimeout(resting);
      resting = setTimeout(askForSize, restMs);
    },
    wantedSize,
    hasText: () => filled,
    mayKeepText: (reason) => keepsText.test(reason),
    forget() {
      filled = false;
      parts.terminal()?.reset();
    },
  };
}

function same(one: TerminalSize, other: TerminalSize): boolean {
  return one.columns === other.columns && one.rows === other.rows;
}
