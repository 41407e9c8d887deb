import { isReason } from '@consolemesh/errors';
import { type ConsoleRecord, incarnationOf } from './console.ts';
import { type LocatingOptions, whereabouts } from './locating-options.ts';
import { revealIfReadable } from './sealed.ts';

/**
 * What stays changed when a console's incarnation is given up without its driver, in sentences for an operator; none when nothing was
 * touched. Says what PrepareConsole had announced, where, and why stopping failed if it was tried.
 */
export function leftByGivingUp(record: ConsoleRecord, locating: LocatingOptions): string[] {
  const incarnation = incarnationOf(record.state);
  if (!incarnation || incarnation.progress === 'chosen') return [];
  const secrets = revealIfReadable(incarnation.secrets);
  const announced = record.conditions.find(({ type, status }) => type === 'Prepared' && status)?.message;
  if (!announced && secrets?.restoreState.length === 0) return [];
  const where = secrets && whereabouts(locating, secrets.access.info);
  const failed = record.conditions.find(({ type, status }) => type === 'Restored' && !status);
  return [
    `The ${record.kind} console was given up; what it had changed at its machine${where ? ` (${where})` : ''} was not put back.`,
    ...(announced ? [`At its start: ${announced}`] : []),
    ...(failed && isReason(failed.reason)
      ? [`Stopping it failed: ${failed.message} (${failed.reason})`]
      : []),
  ];
}
