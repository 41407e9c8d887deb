import {
  type IdracVnc,
  type IdracVncSettings,
  machineScreen,
  parseIdracVncMisbehaviour,
  type RunningMachine,
  runMachine,
  type ScreenSource,
  startIdracVnc,
  systemClock,
} from '@consolemesh/bmc-simulator';
import { selfSigned } from '@consolemesh/bytes/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { fingerprint, fingerprintCanvas, type Shown } from '../harness/canvas.ts';

export const vncPassword = 'Kx4-zz9q';
export const idracCertificate = selfSigned('127.0.0.1');

/** What an iDRAC is like. */
export interface IdracWish {
  readonly generation?: '8' | '9';
  readonly settings?: Partial<IdracVncSettings>;
  /** How its VNC server misbehaves, as `parseIdracVncMisbehaviour` reads it. */
  readonly words?: readonly string[];
}

/** The VNC server of an iDRAC, enabled, with a machine that waits at its login prompt. */
export interface IdracMachine extends AsyncDisposable {
  readonly machine: RunningMachine;
  readonly screen: ScreenSource;
  readonly vnc: IdracVnc;
  readonly port: number;
  /** What the machine shows, as text. */
  text(): string;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startIdracMachine(wish: IdracWish = {}): Promise<IdracMachine> {
  const machine = runMachine({ name: 'node-07', seed: 'test', stage: 'console' });
  const screen = machineScreen(machine, systemClock);
  try {
    const vnc = await startIdracFace(screen, wish);
    return {
      machine,
      screen,
      vnc,
      port: vnc.port!,
      text: () => machine.screen.text(),
      async [Symbol.asyncDispose]() {
        machine[Symbol.dispose]();
        await vnc[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    machine[Symbol.dispose]();
    throw error;
  }
}

/** The VNC server of an iDRAC, enabled, in front of any screen. */
export function startIdracFace(screen: ScreenSource, wish: IdracWish = {}): Promise<IdracVnc> {
  return startIdracVnc({
    screen,
    host: '127.0.0.1',
    tls: idracCertificate,
    settings: {
      enabled: true,
      port: 0,
      password: vncPassword,
      timeoutSeconds: 300,
      tls: false,
      lowerEncryption: false,
      maxSessions: 1,
      ...wish.settings,
    },
    misbehave: parseIdracVncMisbehaviour(wish.words ?? []),
    ...(wish.generation && { generation: wish.generation }),
  });
}

/** A picture as it looks after a journey through 15-bit pixels, each colour rounded to five bits. */
export function throughFiveBits({ width, height, pixels }: Shown): Shown {
  const round = (value: number) => Math.round((Math.round((value * 31) / 255) * 255) / 31);
  return {
    width,
    height,
    pixels: pixels.map(
      (rgb) => (round((rgb >> 16) & 255) << 16) | (round((rgb >> 8) & 255) << 8) | round(rgb & 255),
    ),
  };
}

/** Waits until every pixel of a canvas is the machine's, as fine as so many bits can say it. */
export async function seesMachine(
  page: Page,
  { screen }: { readonly screen: Pick<ScreenSource, 'framebuffer'> },
  { bits = 16, canvas = '#screen canvas' }: { bits?: 16 | 32; canvas?: string } = {},
): Promise<void> {
  const looks = async () => {
    const shown = await fingerprintCanvas(page, canvas);
    const picture = bits === 16 ? throughFiveBits(screen.framebuffer) : screen.framebuffer;
    return shown === fingerprint(picture) || shown || 'nothing';
  };
  await expect.poll(looks, { timeout: 20_000, interval: 60 }).toBe(true);
}
