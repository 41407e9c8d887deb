import { MeshError } from '@consolemesh/errors';
import type { Instance, WsmanClient, XmlElement } from '@consolemesh/wsman';
import { refused } from '../refusals.ts';
import type { Values } from '../settings-port.ts';
import { idrac, resource, serviceSelectors } from './resources.ts';

const service = serviceSelectors('DCIM_iDRACCardService');
/** CreateTargetedConfigJob has made a job. */
const jobCreated = '4096';

/**
 * Sets all values in one call. Answers the id of the configuration job that applies them, or undefined when they are in force at once.
 * @throws MeshError when the iDRAC refuses; WsmanError, HttpError
 */
export async function writeAttributes(
  client: WsmanClient,
  values: Values,
  where: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await client.invoke(
    resource.cardService,
    'SetAttributes',
    service,
    {
      Target: idrac,
      AttributeName: Object.keys(values).map((name) => `VNCServer.1#${name}`),
      AttributeValue: Object.values(values),
    },
    { signal, secrets: values.Password === undefined ? [] : [values.Password] },
  );
  if (answer.text('ReturnValue') !== '0') throw refused(where, 'change its VNC server', refusalOf(answer));
  // A list when several were set; one that is pending is enough.
  const pending = answer.all('SetResult').some((result) => /pending/i.test(result));
  if (!pending) return undefined;
  if (answer.all('RebootRequired').some((needed) => /^yes$/i.test(needed))) {
    throw new MeshError(
      'BMC_ERROR',
      `${where}: the iDRAC wants to reboot the server before it changes its VNC server; that is never done for a console.`,
    );
  }
  return createJob(client, where, signal);
}

async function createJob(client: WsmanClient, where: string, signal: AbortSignal): Promise<string> {
  const answer = await client.invoke(
    resource.cardService,
    'CreateTargetedConfigJob',
    service,
    { Target: idrac, ScheduledStartTime: 'TIME_NOW' },
    { signal },
  );
  const id = selectorOf(answer.element('Job'), 'InstanceID');
  if (answer.text('ReturnValue') !== jobCreated || id === undefined)
    throw refused(where, 'create the job that changes its VNC server', refusalOf(answer));
  return id;
}

function refusalOf(answer: Instance): { messageId: string; message: string } {
  return { messageId: answer.text('MessageID') ?? '', message: answer.all('Message').join(' ') };
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
