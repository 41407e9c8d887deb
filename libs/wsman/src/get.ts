import type { Selectors } from './build-envelope.ts';
import type { CallClock } from './call-options.ts';
import { exchangeAddressed, type Service } from './exchange.ts';
import { type Instance, instanceOf } from './instance.ts';
import { NS } from './namespaces.ts';

/**
 * One instance by its keys (WS-Transfer Get).
 *
 * ```
 * Action wxf/Get, SelectorSet, s:Body empty           s:Body / the instance
 * ```
 */
export async function get(
  service: Service,
  resource: string,
  selectors: Selectors,
  clock: CallClock,
): Promise<Instance> {
  const parts = { action: `${NS.wxf}/Get`, resource, selectors, body: '' };
  const { content } = await exchangeAddressed(service, parts, { repeatable: true }, clock);
  return instanceOf(content);
}
