import type { MeshError } from '@consolemesh/errors';
import type { WsmanClient, XmlElement } from '@consolemesh/wsman';
import { pause } from '../pause.ts';
import { refused } from '../refusals.ts';
import { refusalOf } from './refusal-of.ts';
import { idrac, resource, serviceSelectors } from './resources.ts';

/** CreateTargetedConfigJob has made a job. */
const jobCreated = '4096';

/**
 * Makes the configuration job that puts pending values in force, and answers its id. While an earlier job is there no other can be made:
 * that is waited for until `limit`.
 * @throws MeshError BMC_NOT_READY, BMC_JOB_QUEUE_FULL and others when the iDRAC refuses; WsmanError, HttpError
 */
export async function createConfigJob(
  client: WsmanClient,
  { where, pollMs, limit }: { where: string; pollMs: number; limit: AbortSignal },
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    const answer = await client.invoke(
      resource.cardService,
      'CreateTargetedConfigJob',
      serviceSelectors('DCIM_iDRACCardService'),
      { Target: idrac, ScheduledStartTime: 'TIME_NOW' },
      { signal },
    );
    const id = selectorOf(answer.element('Job'), 'InstanceID');
    if (answer.text('ReturnValue') === jobCreated && id !== undefined) return id;
    const refusal = refused(where, 'create the job that changes its VNC server', refusalOf(answer));
    if (!isPassing(refusal) || !(await pause(pollMs, limit))) {
      signal.throwIfAborted();
      throw refusal;
    }
  }
}

function isPassing({ reason }: MeshError): boolean {
  return reason === 'BMC_NOT_READY';
}

/** A reference is nested: Job/EndpointReference/ReferenceParameters/SelectorSet/Selector. */
function selectorOf(element: XmlElement | undefined, name: string): string | undefined {
  if (element?.name === 'Selector' && element.attributes.some(({ value }) => value === name))
    return element.text.trim();
  for (const child of element?.children ?? []) {
    const found = selectorOf(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
