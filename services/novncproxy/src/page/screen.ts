import type { RawChannel } from '@consolemesh/proxy/page';
import RFB from '@novnc/novnc';
import type { Combination } from './keys.ts';
import { pressCombination } from './keys.ts';
import type { Preferences } from './preferences.ts';

/** What the server's screen tells the page. */
export interface ScreenEvents {
  /** The handshake is over and a picture is coming. */
  connected(): void;
  /** noVNC gave up while the connection was still there; `reason` is the server's, where it sent one. */
  failed(reason: string | undefined): void;
  clipboard(text: string): void;
  bell(): void;
  /** The picture does not fit and can be moved. */
  clipping(now: boolean): void;
}

export interface ScreenOptions {
  readonly target: HTMLElement;
  readonly channel: RawChannel;
  readonly node: string;
  /** The server is told that others may look too. */
  readonly shared: boolean;
  readonly viewOnly: boolean;
  readonly preferences: Preferences;
}

/** The server's screen in the page: noVNC, and nothing else knows noVNC. */
export interface Screen {
  apply(preferences: Preferences): void;
  setViewOnly(viewOnly: boolean): void;
  setDragging(dragging: boolean): void;
  sendKey(keysym: number, code: string | null, down: boolean): void;
  press(combination: Combination): void;
  pasteClipboard(text: string): void;
  /** A picture of the screen as PNG. */
  screenshot(): Promise<Blob>;
  focus(): void;
  /** Width and height of the picture, pixels. */
  size(): { width: number; height: number };
  /** The picture itself, for a still of the last moment. */
  readonly canvas: HTMLCanvasElement;
  close(): void;
}

/** Starts RFB on an opened channel and shows the picture in `target`. */
export function startScreen(options: ScreenOptions, tell: ScreenEvents): Screen {
  const { target, channel, node } = options;
  const rfb = new RFB(target, channel, { shared: options.shared });
  const canvas = target.querySelector('canvas');
  if (!canvas) throw new Error('noVNC made no canvas');
  describeCanvas(canvas, node);
  let closed = false;
  let failure: string | undefined;

  rfb.viewOnly = options.viewOnly;
  rfb.background = 'transparent';
  rfb.addEventListener('connect', () => tell.connected());
  rfb.addEventListener('securityfailure', ({ detail }) => {
    failure = detail.reason;
  });
  // The proxy has done all of that on the other side; a server that asks here would wait for ever.
  rfb.addEventListener('credentialsrequired', () => {
    failure = 'The console asks for a password, which this page does not have.';
    rfb.disconnect();
  });
  rfb.addEventListener('disconnect', () => {
    if (!closed) tell.failed(failure);
    closed = true;
  });
  rfb.addEventListener('clipboard', ({ detail }) => tell.clipboard(detail.text));
  rfb.addEventListener('bell', () => tell.bell());
  rfb.addEventListener('clippingviewport', ({ detail }) => tell.clipping(detail));
  // noVNC lets go of pressed keys when the window loses the focus but not when another part of the page gets it, and the
  // server would go on with Ctrl or Alt held. It listens for the window's event, so it gets one.
  canvas.addEventListener('blur', () => window.dispatchEvent(new FocusEvent('blur')));

  const screen: Screen = {
    apply: (preferences) => applyPreferences(rfb, preferences),
    setViewOnly: (viewOnly) => {
      // Pressed keys are let go first: afterwards noVNC sends nothing any more.
      if (viewOnly) window.dispatchEvent(new FocusEvent('blur'));
      rfb.viewOnly = viewOnly;
    },
    setDragging: (dragging) => {
      rfb.dragViewport = dragging;
    },
    sendKey: (keysym, code, down) => rfb.sendKey(keysym, code, down),
    press: ({ keys }) => pressCombination(keys, screen.sendKey),
    pasteClipboard: (text) => rfb.clipboardPasteFrom(text),
    screenshot: () =>
      new Promise((resolve, reject) =>
        rfb.toBlob(
          (blob) => (blob ? resolve(blob) : reject(new Error('there is no picture yet'))),
          'image/png',
        ),
      ),
    focus: () => rfb.focus({ preventScroll: true }),
    size: () => ({ width: canvas.width, height: canvas.height }),
    canvas,
    close: () => {
      if (closed) return;
      closed = true;
      rfb.disconnect();
    },
  };
  screen.apply(options.preferences);
  return screen;
}

function describeCanvas(canvas: HTMLCanvasElement, node: string): void {
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-label', `Screen of ${node}. Keys go to the server; Control Alt Shift leaves it.`);
}

function applyPreferences(rfb: RFB, preferences: Preferences): void {
  const { scaling } = preferences;
  rfb.qualityLevel = preferences.quality;
  rfb.compressionLevel = preferences.compression;
  rfb.showDotCursor = preferences.dot;
  // Fingers cannot use scroll bars over a canvas that takes every touch: there the picture is clipped and moved by hand.
  rfb.clipViewport = scaling === 'actual' && window.matchMedia('(pointer: coarse)').matches;
  // A server that refuses the size keeps its own; scaled, it is usable all the same.
  rfb.scaleViewport = scaling !== 'actual';
  rfb.resizeSession = scaling === 'remote';
}
