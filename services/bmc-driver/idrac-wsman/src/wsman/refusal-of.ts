import type { Instance } from '@consolemesh/wsman';
import type { Refusal } from '../refusals.ts';

/**
 * What a method's output says about why it was not done.
 * @param secrets values that were sent: an iDRAC may quote the one that it does not like
 */
export function refusalOf(answer: Instance, secrets: readonly string[] = []): Refusal {
  const said = [...answer.all('Message'), ...answer.all('MessageArguments')].join(' ');
  return {
    messageId: answer.text('MessageID') ?? '',
    message: secrets.reduce((text, secret) => text.replaceAll(secret, '***'), said),
  };
}
