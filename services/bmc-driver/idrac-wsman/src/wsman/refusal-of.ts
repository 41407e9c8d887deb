import type { Instance } from '@consolemesh/wsman';
import type { Refusal } from '../refusals.ts';

/** What a method's output says about why it was not done. */
export function refusalOf(answer: Instance): Refusal {
  return {
    messageId: answer.text('MessageID') ?? '',
    message: [...answer.all('Message'), ...answer.all('MessageArguments')].join(' '),
  };
}
