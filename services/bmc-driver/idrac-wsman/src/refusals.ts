import { MeshError, type Reason } from '@consolemesh/errors';

/** What an iDRAC says when it refuses, over either wire. */
export interface Refusal {
  /** Such as `RAC006` or `IDRAC.2.8.SYS414`. */
  readonly messageId: string;
  /** Its own words. */
  readonly message: string;
}

/**
 * Words and message ids by which an iDRAC says why it refuses, first match first. Sources: the message ids of DCIM_iDRACCardService
 * (RAC001 to RAC010) and DCIM_JobService (JCP, LC); the words are matched where firmware differs in ids.
 */
const refusals: readonly { readonly pattern: RegExp; readonly reason: Reason; readonly advice: string }[] = [
  {
    pattern: /lock-?down/i,
    reason: 'BMC_LOCKED_DOWN',
    advice: 'the iDRAC is in System Lockdown Mode; switch that off for the change',
  },
  {
    pattern: /job queue.*(full|maximum)|maximum number of (jobs|scheduled)|too many jobs|\bJCP009\b/i,
    reason: 'BMC_JOB_QUEUE_FULL',
    advice: 'its job queue is full; delete finished and stuck jobs (racadm jobqueue delete)',
  },
  {
    pattern: /privilege|not authori[sz]ed|insufficient permission|access denied/i,
    reason: 'BMC_PERMISSION_DENIED',
    advice: 'the user needs the privileges Login and Configure',
  },
  {
    pattern: /licen[cs]e/i,
    reason: 'BMC_LICENSE_MISSING',
    advice: 'its VNC server needs an Enterprise or Datacenter licence',
  },
  {
    pattern: /recovery mode|in recovery/i,
    reason: 'BMC_RECOVERY_MODE',
    advice: 'repair its firmware first',
  },
  {
    pattern:
      /not ready|is busy|try again|already (exists|running|scheduled|pending|created|committed)|pending (job|configuration)|\b(SYS518|LC060|SWC0700)\b/i,
    reason: 'BMC_NOT_READY',
    advice: 'it is asked again',
  },
  {
    pattern: /invalid attribute|unknown attribute|attribute.*(not found|does not exist|not recogni)/i,
    reason: 'BMC_SETTING_MISSING',
    advice: 'this firmware calls the setting by another name',
  },
  {
    pattern: /password.*(policy|strength|complex|weak|too simple)|(weak|strong) password/i,
    reason: 'BMC_CHANGE_FAILED',
    advice: 'its password policy wants another kind of password; set drac_vnc_password to one that it takes',
  },
  {
    pattern: /\bRAC0(0[7-9]|10)\b|out of range|not in the list/i,
    reason: 'BMC_CHANGE_FAILED',
    advice: 'the value is not one that this firmware takes',
  },
  {
    pattern: /\bRAC006\b|read-?only/i,
    reason: 'BMC_PERMISSION_DENIED',
    advice: 'the setting is read-only there; lockdown or a missing privilege makes it so',
  },
];

/**
 * A refusal as an error: the iDRAC's own words and what to do.
 * @param otherwise the reason when its words are not known
 */
export function refused(
  where: string,
  what: string,
  { messageId, message }: Refusal,
  otherwise: Reason = 'BMC_CHANGE_FAILED',
): MeshError {
  const words = [messageId, message]
    .filter(Boolean)
    .join(': ')
    .replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ');
  const said = words.slice(0, 400) || 'no reason given';
  const row = refusals.find(({ pattern }) => pattern.test(words));
  const advice = row ? `; ${row.advice}` : '';
  return new MeshError(
    row?.reason ?? otherwise,
    `${where}: the iDRAC refuses to ${what} (${said.replace(/\.$/, '')})${advice}.`,
  );
}
