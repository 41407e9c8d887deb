import { expect, it } from 'vitest';
import { refused } from './refusals.ts';

it.each([
  ['RAC006', 'The specified attribute is read-only', 'BMC_PERMISSION_DENIED'],
  ['RAC004', 'Invalid attribute name.', 'BMC_SETTING_MISSING'],
  ['', 'Unable to complete the operation because the system is in Lockdown mode.', 'BMC_LOCKED_DOWN'],
  ['JCP009', 'The job queue has reached its maximum.', 'BMC_JOB_QUEUE_FULL'],
  ['', 'The maximum number of jobs has been reached.', 'BMC_JOB_QUEUE_FULL'],
  ['LC060', 'Lifecycle Controller Remote Services is not ready.', 'BMC_NOT_READY'],
  ['IDRAC.2.8.SYS518', 'iDRAC is busy.', 'BMC_NOT_READY'],
  ['', 'The user does not have sufficient privileges.', 'BMC_PERMISSION_DENIED'],
  ['', 'A required license is missing or expired.', 'BMC_LICENSE_MISSING'],
  ['RAC002', 'General failure', 'BMC_CHANGE_FAILED'],
  ['', '', 'BMC_CHANGE_FAILED'],
])('%s %s is %s', (messageId, message, reason) => {
  const error = refused('h:443', 'change its VNC server', { messageId, message });
  expect(error.reason).toBe(reason);
  expect(error.message).toContain(message.replace(/\.$/, ''));
});
