import { type Instance, type WsmanClient, WsmanError } from '@consolemesh/wsman';

/**
 * The instances of a class for which a property has a value. The iDRAC is asked for them alone; one that knows no filters, or finds nothing
 * with them, is asked for everything.
 * @throws WsmanError, HttpError
 */
export async function enumerateSome(
  client: WsmanClient,
  uri: string,
  where: { readonly property: string; readonly value: string },
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  const className = uri.slice(uri.lastIndexOf('/') + 1);
  const query = `select * from ${className} where ${where.property} = "${where.value}"`;
  const matching = (instances: readonly Instance[]) =>
    instances.filter((instance) => instance.text(where.property) === where.value);
  try {
    const found = matching(await client.enumerate(uri, { filter: { dialect: 'cql', query }, signal }));
    if (found.length > 0) return found;
  } catch (error) {
    if (!(error instanceof WsmanError) || error.code !== 'FAULT') throw error;
  }
  return matching(await client.enumerate(uri, { signal }));
}
