import type { PowerAction } from '../../machine/create-machine.ts';
import { type MessageId, type Refusal, refuse, textOf } from '../bmc/messages.ts';
import { Fault, faults } from './faults.ts';
import type { MethodOutput, WsmanCall, WsmanMethod } from './wsman-class.ts';

/** The one target of this service. */
export const cardFqdd = 'iDRAC.Embedded.1';

/** SetAttribute and SetAttributes: DCIM1043, tables 70 to 72 and 96 to 98. */
export const setAttributes: WsmanMethod = async (call) => {
  const values = readValues(call);
  if ('kind' in values) return refused(values, { RebootRequired: 'No' });
  const answer = await call.bmc.write({ face: 'wsman', user: call.user, values });
  if (answer.result === 'lost') return 'lost';
  if (answer.result === 'refused') return refused(answer.refusal, { RebootRequired: 'No' });
  const setResult = answer.result === 'pending' ? 'Set PendingValue' : 'Set CurrentValue';
  return {
    properties: { ...message('RAC001'), RebootRequired: 'No', ReturnValue: '0', SetResult: setResult },
  };
};

/** ApplyAttribute and ApplyAttributes: what SetAttributes and CreateTargetedConfigJob do, in one go. */
export const applyAttributes: WsmanMethod = async (call) => {
  const values = readValues(call);
  if ('kind' in values) return refused(values);
  const answer = await call.bmc.write({ face: 'wsman', user: call.user, values, pending: true });
  if (answer.result === 'lost') return 'lost';
  if (answer.result === 'refused') return refused(answer.refusal);
  return startJob(call, 0);
};

export const createTargetedConfigJob: WsmanMethod = (call) => {
  const wrong = wrongTarget(call) ?? call.bmc.refusesChanges(call.user);
  if (wrong) return refused(wrong);
  const [start] = call.all('ScheduledStartTime');
  if (start !== undefined && start !== 'TIME_NOW' && !/^\d{14}$/.test(start))
    return refused(refuse('invalid-parameter', 'RAC004', ['ScheduledStartTime']));
  return startJob(call, delayUntil(start, call.bmc.clock.now()));
};

export const deletePendingConfiguration: WsmanMethod = (call) => {
  const wrong = wrongTarget(call) ?? call.bmc.refusesChanges(call.user);
  if (wrong) return refused(wrong);
  call.bmc.attributes.dropPending();
  return { properties: { ...message('RAC001'), ReturnValue: '0' } };
};

export const resetCard: WsmanMethod = ({ bmc, user, all }) => {
  if (user.privilege !== 'administrator') throw new Fault(faults.accessDenied);
  const [force = '0'] = all('Force');
  if (force !== '0' && force !== '1')
    return refused(refuse('invalid-parameter', 'RAC004', ['Force'], 'Invalid parameter value for Force'));
  return { properties: { ...message('RAC064'), ReturnValue: '0' }, afterwards: () => bmc.reset() };
};

/** LCStatus 0 = ready, 4 = recovery, 5 = not ready; as recorded answers have it. */
export const getRemoteServicesApiStatus: WsmanMethod = ({ bmc }) => {
  const ready = bmc.state === 'ready';
  const status = { ready: '0', recovery: '4', 'not-ready': '5' }[bmc.state];
  return {
    properties: {
      LCStatus: status,
      ...message(ready ? 'LC061' : 'LC060'),
      RTStatus: '0',
      ReturnValue: '0',
      ServerStatus: bmc.state === 'recovery' ? '7' : bmc.machine.power === 'on' ? '2' : '1',
      Status: ready ? '0' : '1',
    },
  };
};

export const deleteJobQueue: WsmanMethod = ({ bmc, user, all }) => {
  if (user.privilege === 'readonly') throw new Fault(faults.accessDenied);
  const [id] = all('JobID');
  if (id === undefined) return refused(refuse('missing-parameter', 'RAC003', ['JobID']));
  if (!bmc.jobs.delete(id)) return refused(refuse('invalid-parameter', 'SUP011'));
  return { properties: { ...message('SUP020'), ReturnValue: '0' } };
};

const powerActions: Record<string, PowerAction> = { '2': 'on', '3': 'off', '11': 'reset' };

export const requestStateChange: WsmanMethod = ({ bmc, user, all }) => {
  if (user.privilege === 'readonly') throw new Fault(faults.accessDenied);
  const action = powerActions[all('RequestedState')[0] ?? ''];
  if (!action) return refused(refuse('invalid-parameter', 'SYS021', ['RequestedState']));
  bmc.machine.setPower(action);
  return { properties: { ReturnValue: '0' } };
};

function startJob({ bmc }: WsmanCall, delayMs: number | undefined): MethodOutput {
  const job = bmc.createConfigJob(delayMs);
  if ('kind' in job) return refused(job);
  return { properties: { ReturnValue: '4096' }, job: job.id };
}

/** Milliseconds until TIME_NOW or yyyymmddhhmmss (UTC here); undefined = not before it is scheduled. */
function delayUntil(start: string | undefined, now: number): number | undefined {
  if (start === undefined || start === 'TIME_NOW') return start && 0;
  const [, year, month, day, hour, minute, second] =
    /^(....)(..)(..)(..)(..)(..)$/.exec(start)?.map(Number) ?? [];
  return Math.max(0, Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - now);
}

/** The parallel lists AttributeName and AttributeValue. */
function readValues(call: WsmanCall): ReadonlyMap<string, string> | Refusal {
  const wrong = wrongTarget(call);
  if (wrong) return wrong;
  const names = call.all('AttributeName');
  const values = call.all('AttributeValue');
  if (names.length === 0) return refuse('missing-parameter', 'RAC003', ['AttributeName']);
  if (values.length === 0) return refuse('missing-parameter', 'RAC003', ['AttributeValue']);
  if (names.length !== values.length) return refuse('count-mismatch', 'RAC005');
  return new Map(names.map((name, index) => [name.trim(), values[index] ?? '']));
}

function wrongTarget({ all }: WsmanCall): Refusal | undefined {
  const [target] = all('Target');
  if (target === undefined) return refuse('missing-parameter', 'RAC003', ['Target']);
  if (target.trim() === cardFqdd) return undefined;
  return refuse('invalid-parameter', 'RAC004', ['Target'], 'Invalid parameter value for Target');
}

function refused(refusal: Refusal, more: Record<string, string> = {}): MethodOutput {
  if (refusal.kind === 'not-permitted') throw new Fault(faults.accessDenied);
  return {
    properties: {
      Message: refusal.message,
      ...(refusal.arguments.length > 0 && { MessageArguments: refusal.arguments }),
      MessageID: refusal.messageId,
      ReturnValue: '2',
      ...more,
    },
  };
}

function message(id: MessageId): { Message: string; MessageID: string } {
  return { Message: textOf(id), MessageID: id };
}
