import { DesiredState, ObservedState } from '@consolemesh/contracts/conductor';
import { errorRow, isReason } from '@consolemesh/errors';
import { wordOf } from '../output/words.ts';
import type { Check } from './check.ts';
import { aboutConsole, type Patient } from './patient.ts';

/** Whether the console can be opened, and if not, why. */
export function checkConsole(patient: Patient): Check {
  const { console } = patient;
  const observed = wordOf(ObservedState, console.observed) ?? 'unknown';
  const name = 'console';
  const enable = `\`${aboutConsole('enable', patient)} --wait\``;
  if (console.observed === ObservedState.READY) {
    return { name, state: 'ok', message: `ready by ${console.driver}: ${console.driverWhy}` };
  }
  if (console.desired === DesiredState.DISABLED) {
    return { name, state: 'failed', message: 'disabled', advice: `${enable} enables it.` };
  }
  const { lastError } = console;
  if (!lastError) {
    const advice = `Wait a moment; \`${aboutConsole('show', patient)}\` says how far it is.`;
    return { name, state: 'failed', message: observed, advice };
  }
  const mends = isReason(lastError.reason) && errorRow(lastError.reason).recovery === 'retry';
  return {
    name,
    state: 'failed',
    message: `${observed}: ${lastError.message} (${lastError.reason})`,
    advice: mends
      ? `It is tried again by itself; ${enable} tries at once.`
      : `Mend what it says; ${enable} then tries again.`,
  };
}
