import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  type AcceptOptions,
  acceptClient,
  createFramebufferServer,
  ENCODING,
  PIXEL_FORMAT,
  RfbError,
} from '@consolemesh/rfb';
import type { Clock } from '../../clock.ts';
import { breakHandshake } from '../../vnc/broken-handshakes.ts';
import { distortStream } from '../../vnc/distort-stream.ts';
import type { IdracVncSettings } from '../vnc-settings.ts';
import type { FailureCounter } from './count-failures.ts';
import type { IdracVncMisbehaviour } from './misbehaviour.ts';
import type { ScreenSource } from './screen-source.ts';
import { watchIdleness } from './watch-idleness.ts';

/** What a viewer of an iDRAC meets. */
export interface IdracDesk {
  readonly screen: ScreenSource;
  readonly generation: '8' | '9';
  readonly clock: Clock;
  readonly misbehave: IdracVncMisbehaviour;
  readonly failures: FailureCounter;
  readonly signal: AbortSignal;
  settings(): IdracVncSettings;
  /** The viewer is past the handshake, or has left after it was. */
  onSession(open: boolean): void;
  /** It asked for a picture and gets none. */
  onStarved(): void;
}

/** Firmware of generation 8 and before sends no picture when one of these comes first in a viewer's list. */
const starving: readonly number[] = [ENCODING.CopyRect, ENCODING.Tight, ENCODING.TightPng];
/** What such firmware is known to bear. */
const known: readonly number[] = [
  ENCODING.Raw,
  ENCODING.RRE,
  ENCODING.Hextile,
  ENCODING.DesktopSize,
  ENCODING.Cursor,
];
/** A viewer has so long for its handshake. */
const handshakeMs = 15_000;

/** Serves one connection from its banner on, until it ends. @throws RfbError when the viewer breaks the protocol */
export async function serveIdracViewer(socket: Duplex, desk: IdracDesk): Promise<void> {
  const { misbehave, failures, signal } = desk;
  const stream = distortStream(socket, misbehave);
  if (await breakHandshake(stream, misbehave, signal)) return;
  try {
    if (misbehave.hangAfterAuth) await hangAfterAuth(stream, desk);
    else await serveScreen(stream, desk);
  } catch (error) {
    if (error instanceof RfbError && error.code === 'AUTHENTICATION_FAILED') failures.failed();
    throw error;
  }
}

async function serveScreen(stream: Duplex, desk: IdracDesk): Promise<void> {
  const { screen, clock, misbehave } = desk;
  let offersQemuKeys = false;
  using idle = watchIdleness(
    clock,
    () => desk.settings().timeoutSeconds * 1000,
    () => stream.destroy(),
  );
  await using server = createFramebufferServer({
    framebuffer: screen.framebuffer,
    name: 'OpenVNC',
    pixelFormat: desk.generation === '8' ? PIXEL_FORMAT.rgb555 : PIXEL_FORMAT.rgb888,
    accept: acceptOptions(desk),
    onViewers(viewers) {
      if (viewers > 0) desk.failures.succeeded();
      desk.onSession(viewers > 0);
    },
    onEncodings(list) {
      offersQemuKeys = list.includes(ENCODING.QemuExtendedKey);
      return starves(list, desk) ? 'starve' : 'serve';
    },
    onStarved: () => desk.onStarved(),
    onPixelFormat({ bitsPerPixel }) {
      if (bitsPerPixel !== 32 || !misbehave.no32Bit) return 'take';
      if (misbehave.no32Bit === 'hang-up') stream.destroy();
      return 'ignore';
    },
    onKey(keysym, down) {
      idle.touch();
      const { hangUpOnKey } = misbehave;
      if (hangUpOnKey === 'any' || (hangUpOnKey === 'qemu' && offersQemuKeys)) stream.destroy();
      else screen.key(keysym, down);
    },
    onPointer(x, y, buttons) {
      idle.touch();
      screen.pointer(x, y, buttons);
    },
  });
  using _looking = screen.look();
  try {
    await server.serve(stream);
  } finally {
    screen.releaseInput();
  }
}

function starves(list: readonly number[], { generation, misbehave }: IdracDesk): boolean {
  if (misbehave.strictEncodings && !list.every((encoding) => known.includes(encoding))) return true;
  return generation === '8' && list[0] !== undefined && starving.includes(list[0]);
}

/** VNC authentication alone; without a password the challenge comes all the same, and no answer is right. */
function acceptOptions({ settings, misbehave, signal }: IdracDesk): AcceptOptions {
  const { password } = settings();
  const known = password !== '' && !misbehave.wrongPassword;
  return {
    security: ['VNC'],
    expected: { password: known ? password : randomBytes(8).toString('base64') },
    deadlineMs: handshakeMs,
    signal,
  };
}

async function hangAfterAuth(stream: Duplex, desk: IdracDesk): Promise<void> {
  const accepted = await acceptClient(stream, acceptOptions(desk));
  desk.failures.succeeded();
  accepted.stream.on('error', () => {});
  accepted.stream.resume();
  await new Promise<void>((resolve) => {
    if (stream.destroyed) resolve();
    else stream.once('close', () => resolve());
  });
}
