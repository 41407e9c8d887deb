import type { Selectors } from './build-envelope.ts';
import type { CallClock } from './call-options.ts';
import { WsmanError } from './errors.ts';
import { escapeXml, requireXmlName } from './escape-xml.ts';
import { exchangeAddressed, type Service } from './exchange.ts';
import { type Instance, instanceOf } from './instance.ts';
import { isNamed } from './xml-element.ts';

/** A method's arguments in the order in which they are sent; a list becomes the same element repeated. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>;

/**
 * Calls a method of an instance; never sent twice.
 *
 * ```
 * Action resource/Method, SelectorSet
 * s:Body / p:Method_INPUT / p:Name value, …           s:Body / p:Method_OUTPUT / p:ReturnValue, p:Message, …
 * ```
 * with p = the resource's URI. What ReturnValue means is the method's business.
 * @throws TypeError for a name that is none and for a text that XML cannot carry
 */
export async function invoke(
  service: Service,
  resource: string,
  method: string,
  selectors: Selectors,
  parameters: Parameters,
  secrets: readonly string[],
  clock: CallClock,
): Promise<Instance> {
  const input = `p:${requireXmlName(method, 'a method')}_INPUT`;
  const body = `<${input} xmlns:p="${escapeXml(resource, 'the resource')}">${Object.entries(parameters).map(elements).join('')}</${input}>`;
  const { content } = await exchangeAddressed(
    service,
    { action: `${resource}/${method}`, resource, selectors, body },
    { repeatable: false, secrets: [...secrets, ...likelySecrets(parameters)] },
    clock,
  );
  if (!isNamed(content, resource, `${method}_OUTPUT`))
    throw new WsmanError('MALFORMED', `the answer to ${method} is no ${method}_OUTPUT of the same class`);
  return instanceOf(content);
}

function elements([name, value]: readonly [string, string | readonly string[]]): string {
  const tag = `p:${requireXmlName(name, 'a parameter')}`;
  return [value]
    .flat()
    .map((one) => `<${tag}>${escapeXml(one, `the parameter ${name}`)}</${tag}>`)
    .join('');
}

/** Services like to repeat a value that they refuse, and a password is one among others in AttributeValue. */
function likelySecrets(parameters: Parameters): readonly string[] {
  return Object.entries(parameters)
    .filter(([name]) => /value|password|secret|key/i.test(name))
    .flatMap(([, value]) => value)
    .filter((value) => value.length >= 4);
}
