import { MeshError } from '@consolemesh/errors';
import { type Clock, pause } from '../clock.ts';
import { asMeshError } from './as-mesh-error.ts';
import type { LineState } from './line-state.ts';

/** Longest time that a machine may take for a break, ms. */
const breakTimeoutMs = 15_000;

/**
 * Sends a break on an open line. The driver is asked in the caller's turn, so that what is written next comes behind it.
 * @throws MeshError why the line is lost, CAPABILITY_MISSING, BMC_TIMEOUT, or what the driver says
 */
export async function sendBreakOn(state: LineState, where: string, clock: Clock): Promise<void> {
  if (state.kind !== 'open') throw 'why' in state && state.why ? state.why : new MeshError('UPSTREAM_LOST');
  const { line } = state;
  if (!line.sendBreak) throw new MeshError('CAPABILITY_MISSING', `${where} takes no break.`);
  const over = new AbortController();
  async function late(): Promise<never> {
    await pause(clock, breakTimeoutMs, over.signal);
    throw new MeshError('BMC_TIMEOUT', `${where} did not take the break in time.`);
  }
  try {
    await Promise.race([line.sendBreak(), late()]);
  } catch (error) {
    throw asMeshError(error, where);
  } finally {
    over.abort();
  }
}
