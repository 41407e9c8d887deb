import { MeshError } from '@consolemesh/errors';
import type { WsmanClient } from '@consolemesh/wsman';
import { letFinish } from '../let-finish.ts';
import { refused } from '../refusals.ts';
import type { Values } from '../settings-port.ts';
import { vncGroup } from './read-attributes.ts';
import { refusalOf } from './refusal-of.ts';
import { idrac, resource, serviceSelectors } from './resources.ts';

/**
 * Sets all values in one call, in their order. Answers whether they are in force at once or wait for a configuration job.
 * @throws MeshError when the iDRAC refuses; WsmanError, HttpError
 */
export async function setAttributes(
  client: WsmanClient,
  values: Values,
  where: string,
  signal: AbortSignal,
): Promise<'current' | 'pending'> {
  const secrets = values.Password === undefined ? [] : [values.Password];
  using finish = letFinish(signal);
  const answer = await client.invoke(
    resource.cardService,
    'SetAttributes',
    serviceSelectors('DCIM_iDRACCardService'),
    {
      Target: idrac,
      AttributeName: Object.keys(values).map((name) => `${vncGroup}#${name}`),
      AttributeValue: Object.values(values),
    },
    { signal: finish.signal, secrets },
  );
  signal.throwIfAborted();
  if (answer.text('ReturnValue') !== '0') throw refused(where, 'change its VNC server', refusalOf(answer));
  // A list when several were set; one that is pending is enough.
  if (!answer.all('SetResult').some((result) => /pending/i.test(result))) return 'current';
  if (answer.all('RebootRequired').some((needed) => /^yes$/i.test(needed))) {
    throw new MeshError(
      'BMC_CHANGE_FAILED',
      `${where}: the iDRAC wants to reboot the server before it changes its VNC server; that is never done for a console.`,
    );
  }
  return 'pending';
}
