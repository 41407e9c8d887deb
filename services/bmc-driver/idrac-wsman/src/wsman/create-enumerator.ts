import { type Instance, type WsmanClient, WsmanError } from '@consolemesh/wsman';

/** Which instances of a class are wanted. */
export interface Wanted {
  readonly property: string;
  readonly value: string;
}

/**
 * The instances of a class for which a property has a value.
 * @throws WsmanError, HttpError
 */
export type Enumerator = (uri: string, wanted: Wanted, signal: AbortSignal) => Promise<readonly Instance[]>;

/**
 * The iDRAC is asked for the wanted instances alone. One that knows no filters, or finds nothing with its first one, is asked for everything;
 * which kind it is, is remembered: a list of everything takes several requests of seconds each.
 */
export function createEnumerator(client: WsmanClient): Enumerator {
  let filters: 'untried' | 'work' | 'fail' = 'untried';

  async function filtered(uri: string, { property, value }: Wanted, signal: AbortSignal) {
    const className = uri.slice(uri.lastIndexOf('/') + 1);
    const query = `select * from ${className} where ${property} = "${value}"`;
    try {
      return await client.enumerate(uri, { filter: { dialect: 'cql', query }, signal });
    } catch (error) {
      if (!(error instanceof WsmanError) || error.code !== 'FAULT') throw error;
      filters = 'fail';
      return [];
    }
  }

  return async (uri, wanted, signal) => {
    const matching = (instances: readonly Instance[]) =>
      instances.filter((instance) => instance.text(wanted.property) === wanted.value);
    if (filters !== 'fail') {
      const found = matching(await filtered(uri, wanted, signal));
      if (found.length > 0) filters = 'work';
      if (filters === 'work') return found;
    }
    const found = matching(await client.enumerate(uri, { signal }));
    if (found.length > 0) filters = 'fail';
    return found;
  };
}
