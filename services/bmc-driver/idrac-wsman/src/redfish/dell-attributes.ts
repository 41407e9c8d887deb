import { type CallOptions, type Json, type RedfishClient, RedfishError } from '@consolemesh/redfish';

const manager = '/redfish/v1/Managers/iDRAC.Embedded.1';
/** Where the iDRAC's own attributes are when the manager does not say: newer firmware first. */
const usual = [`${manager}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`, `${manager}/Attributes`] as const;

/** The resource that holds `Attributes` with names such as `VNCServer.1.Enable`. */
export interface DellAttributes {
  readonly path: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Reads it; finds it with the first reading, by the manager's links, else where it usually is.
 * @throws RedfishError, HttpError
 */
export type DellAttributesReader = (call: CallOptions) => Promise<DellAttributes>;

/** A reader that remembers where it found them: every request to an iDRAC takes seconds. */
export function createDellAttributesReader(client: RedfishClient): DellAttributesReader {
  let found: string | undefined;
  return async (call) => {
    let missing: unknown;
    for await (const path of found === undefined ? candidates(client, call) : [found]) {
      try {
        const body = await client.get(path, call);
        found = path;
        return { path, attributes: record(record(body).Attributes) };
      } catch (error) {
        if (!isNotFound(error)) throw error;
        missing = error;
      }
    }
    throw missing;
  };
}

/** The usual place first: it saves a slow BMC a request. */
async function* candidates(client: RedfishClient, call: CallOptions): AsyncGenerator<string> {
  const [newer, ...older] = usual;
  yield newer;
  for (const path of await linked(client, call)) if (path !== newer) yield path;
  yield* older;
}

async function linked(client: RedfishClient, call: CallOptions): Promise<string[]> {
  try {
    const links = record(record(record(record(await client.get(manager, call)).Links).Oem).Dell);
    const list = Array.isArray(links.DellAttributes) ? links.DellAttributes : [];
    return (
      list
        .map((item) => record(item as Json)['@odata.id'])
        // The manager links the attributes of the lifecycle controller and of the system too.
        .filter((path): path is string => typeof path === 'string' && /\/iDRAC\.Embedded\.\d+$/.test(path))
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [];
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RedfishError && error.code === 'NOT_FOUND';
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
