import type { CallClock } from './call-options.ts';
import { WsmanError } from './errors.ts';
import { escapeXml } from './escape-xml.ts';
import { exchangeAddressed, type Service } from './exchange.ts';
import { type Instance, instanceOf } from './instance.ts';
import { DIALECT, NS } from './namespaces.ts';
import { pull } from './pull.ts';
import { readItems } from './read-items.ts';

/** Which instances to enumerate; the service evaluates it. */
export interface Filter {
  readonly dialect: keyof typeof DIALECT;
  readonly query: string;
}

/**
 * All instances of a class: the first ones come in the answer to Enumerate (optimised), the rest by Pull until the service says
 * that the sequence has ended or gives no context any more.
 *
 * ```
 * s:Body / wsen:Enumerate / wsman:Filter @Dialect ?, wsman:OptimizeEnumeration, wsman:MaxElements
 * s:Body / wsen:EnumerateResponse / wsman:Items, wsen:EnumerationContext, wsman:EndOfSequence ?
 * ```
 * @throws WsmanError ENDLESS, TOO_LARGE beyond the limits
 */
export async function enumerate(
  service: Service,
  resource: string,
  filter: Filter | undefined,
  clock: CallClock,
): Promise<readonly Instance[]> {
  const { limits } = service;
  const answer = await exchangeAddressed(
    service,
    { action: `${NS.wsen}/Enumerate`, resource, body: bodyOf(filter, limits.maxElements) },
    { repeatable: true },
    clock,
  );
  let batch = readItems(answer.content, 'EnumerateResponse');
  let bytes = answer.bytes;
  const instances = batch.items.map(instanceOf);
  for (let pulls = 0, empty = 0; batch.context !== undefined; pulls++) {
    if (pulls >= limits.pulls || empty > limits.emptyPulls || instances.length > limits.instances)
      throw new WsmanError(
        'ENDLESS',
        `the enumeration does not end: ${instances.length} instances after ${pulls} pulls`,
      );
    const next = await pull(service, resource, batch.context, clock);
    bytes += next.bytes;
    if (bytes > limits.enumerationBytes)
      throw new WsmanError('TOO_LARGE', `the enumeration has more than ${limits.enumerationBytes} bytes`);
    batch = next;
    instances.push(...batch.items.map(instanceOf));
    empty = batch.items.length === 0 ? empty + 1 : 0;
  }
  return instances;
}

function bodyOf(filter: Filter | undefined, maxElements: number): string {
  const chosen =
    filter === undefined
      ? ''
      : `<wsman:Filter Dialect="${DIALECT[filter.dialect]}">${escapeXml(filter.query, 'the filter')}</wsman:Filter>`;
  return `<wsen:Enumerate>${chosen}<wsman:OptimizeEnumeration/><wsman:MaxElements>${maxElements}</wsman:MaxElements></wsen:Enumerate>`;
}
