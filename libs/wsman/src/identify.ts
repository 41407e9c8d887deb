import type { CallClock } from './call-options.ts';
import { WsmanError } from './errors.ts';
import { exchange, type Service } from './exchange.ts';
import { NS } from './namespaces.ts';
import { printable } from './xml-characters.ts';
import { childOf, isNamed } from './xml-element.ts';

/** What a service says of itself; what it leaves out is undefined. */
export interface Identity {
  readonly protocolVersion: string | undefined;
  readonly productVendor: string | undefined;
  readonly productVersion: string | undefined;
}

/**
 * Asks what answers (DSP0226, Identify): the one request without WS-Addressing.
 *
 * ```
 * s:Body / wsmid:Identify           s:Body / wsmid:IdentifyResponse / wsmid:ProtocolVersion, ProductVendor, ProductVersion
 * ```
 */
export async function identify(service: Service, clock: CallClock): Promise<Identity> {
  const envelope =
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${NS.s}" xmlns:wsmid="${NS.wsmid}">` +
    '<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>';
  const request = { envelope: () => envelope, addressed: false, repeatable: true, secrets: [] };
  const { content } = await exchange(service, request, clock);
  if (!isNamed(content, NS.wsmid, 'IdentifyResponse'))
    throw new WsmanError('MALFORMED', 'the answer to Identify is no IdentifyResponse');
  const say = (name: string) => {
    const text = childOf(content, NS.wsmid, name)?.text;
    return text === undefined ? undefined : printable(text, 200);
  };
  return {
    protocolVersion: say('ProtocolVersion'),
    productVendor: say('ProductVendor'),
    productVersion: say('ProductVersion'),
  };
}
