import { DesiredState, ObservedState } from '@consolemesh/contracts/conductor';
import { errorRow, isReason, type Recovery } from '@consolemesh/errors';
import { isStuck, wayOut } from '../commands/console/show.ts';
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
  if (isStuck(console)) {
    const { message, reason } = console.lastError!;
    const again = console.desired === DesiredState.ENABLED ? ` ${enable} then makes it anew.` : '';
    const advice = `${wayOut(console)}${again}`;
    return { name, state: 'failed', message: `cannot be stopped: ${message} (${reason})`, advice };
  }
  if (console.desired === DesiredState.DISABLED) {
    return { name, state: 'failed', message: 'disabled', advice: `${enable} enables it.` };
  }
  const { lastError } = console;
  if (!lastError) {
    const advice = `Wait a moment; \`${aboutConsole('show', patient)}\` says how far it is.`;
    return { name, state: 'failed', message: observed, advice };
  }
  const recovery = isReason(lastError.reason) ? errorRow(lastError.reason).recovery : 'fix-machine';
  return {
    name,
    state: 'failed',
    message: `${observed}: ${lastError.message} (${lastError.reason})`,
    advice: adviceFor(recovery, patient, enable),
  };
}

function adviceFor(recovery: Recovery, { node }: Patient, enable: string): string {
  if (recovery === 'retry') return `It is tried again by itself; ${enable} tries at once.`;
  // Enabling again does not help there: machines lock out whoever tries wrong credentials.
  if (recovery === 'fix-credentials') {
    return `Nothing is tried again until options or secrets of the node are changed with \`consolemesh node set ${node.name}\`.`;
  }
  return `Mend what it says; ${enable} then tries again.`;
}
