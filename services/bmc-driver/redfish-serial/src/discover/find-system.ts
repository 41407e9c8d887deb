import { MeshError } from '@consolemesh/errors';
import { type Json, type JsonObject, linkOf, property, RedfishError, textOf } from '@consolemesh/redfish';
import { printable } from '../printable.ts';

/** Reads a resource. */
export type Ask = (path: string) => Promise<JsonObject>;

/** One machine behind a BMC. */
export interface FoundSystem {
  readonly path: string;
  readonly body: JsonObject;
  /** Systems that the BMC lists; 1 where nobody had to ask. */
  readonly siblings: number;
}

const root = '/redfish/v1/';
const option = 'redfish_system_id';
/** Of more systems than these nobody is told. */
const mostSystems = 256;
const shown = 20;

/**
 * Finds the ComputerSystem that a node is.
 * @param wanted its path or id; without it there may be one only
 * @throws MeshError FIELD_REQUIRED, FIELD_INVALID with the systems that there are; RedfishError
 */
export async function findSystem(ask: Ask, wanted: string | undefined, where: string): Promise<FoundSystem> {
  const paths = await listSystems(ask);
  const path = choose(paths, wanted, where);
  return { path, body: await ask(path), siblings: paths.length };
}

/** Follows `Members@odata.nextLink`: services may answer in pages. */
async function listSystems(ask: Ask): Promise<string[]> {
  let next: string | undefined = linkOf((await ask(root)).Systems) ?? `${root}Systems`;
  const paths: string[] = [];
  const seen = new Set<string>();
  while (next !== undefined && !seen.has(next) && paths.length < mostSystems) {
    seen.add(next);
    const page = await ask(next);
    paths.push(...linksIn(page.Members));
    next = textOf(page['Members@odata.nextLink']);
  }
  return paths.slice(0, mostSystems);
}

/** The paths in a list of links. */
export function linksIn(list: Json | undefined): string[] {
  return Array.isArray(list) ? list.flatMap((item) => linkOf(item as Json) ?? []) : [];
}

function choose(paths: readonly string[], wanted: string | undefined, where: string): string {
  if (wanted === undefined) {
    const [only] = paths;
    if (paths.length === 1 && only !== undefined) return only;
    if (paths.length === 0)
      throw new RedfishError('NOT_FOUND', 'the service lists no system; is that the BMC of a machine?');
    throw mistake('FIELD_REQUIRED', `is not set, and ${where} has several systems: ${list(paths)}`);
  }
  const found = paths.find((path) => (wanted.startsWith('/') ? same(path, wanted) : idOf(path) === wanted));
  if (found !== undefined) return found;
  const there = paths.length === 0 ? 'no systems' : list(paths);
  throw mistake('FIELD_INVALID', `is ${printable(wanted)}; ${where} has ${there}`);
}

/** The last part of a path, which is what Redfish calls the id. */
export function idOf(path: string): string {
  const last = path.replace(/\/$/, '').split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

const same = (one: string, other: string) => one.replace(/\/$/, '') === other.replace(/\/$/, '');

function list(paths: readonly string[]): string {
  const more = paths.length - shown;
  return `${paths.slice(0, shown).map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function mistake(reason: 'FIELD_REQUIRED' | 'FIELD_INVALID', message: string): MeshError {
  const field = `driver_info.${option}`;
  return new MeshError(reason, `${option} ${message}.`, {
    violations: [{ field, reason, message }],
    metadata: { field },
  });
}

/** The path of the manager of a system: the one that it names, else the only one that there is. */
export async function findManager(ask: Ask, system: JsonObject): Promise<string | undefined> {
  const [named] = linksIn(property(system.Links, 'ManagedBy'));
  if (named !== undefined) return named;
  const managers = linksIn((await ask(`${root}Managers`)).Members);
  return managers.length === 1 ? managers[0] : undefined;
}
