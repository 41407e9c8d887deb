import { Endpoint } from '@consolemesh/contracts/types';
import { fromJson, type Sealer, toJson } from '@consolemesh/store';
import type { Insertable, Selectable } from 'kysely';
import type {
  Condition,
  ConsoleRecord,
  ConsoleState,
  Incarnation,
  IncarnationSecrets,
  Observed,
  Retry,
} from '../domain/console.ts';
import { incarnationOf } from '../domain/console.ts';
import type { Failure } from '../domain/failure.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import type { NodeAccess } from '../domain/node.ts';
import type { Sealed } from '../domain/sealed.ts';
import { consoleSeal, openSealed, resealed } from './open-sealed.ts';
import type { ConsoleRow } from './schema.ts';

/** The part of an incarnation that is stored in clear; `generation` is text, JSON has no 64-bit numbers. */
type OpenPart = Omit<Incarnation, 'generation' | 'secrets'> & { readonly generation: string };

/** The sealed part as JSON. */
interface SecretPart {
  readonly password: string;
  readonly attachKey: string;
  readonly driverState: string;
  readonly restoreState: string;
  readonly endpoints: readonly string[];
  readonly access: NodeAccess;
}

/** Sealed bytes that a record was read with: what did not change is written back as it was, without another round of AES. */
const sealedBytes = new WeakMap<Sealed<IncarnationSecrets>, Buffer>();

/** A console as a row. */
export function consoleToRow(record: ConsoleRecord, sealer: Sealer): Insertable<ConsoleRow> {
  const incarnation = incarnationOf(record.state);
  return {
    id: record.id,
    node_id: record.nodeId,
    node_name: record.nodeName,
    kind: record.kind,
    desired: record.desired,
    observed: record.state.observed,
    generation: record.generation,
    incarnation_json: incarnation ? toJson(openPart(incarnation)) : null,
    secrets: incarnation ? sealSecrets(incarnation, record.id, sealer) : null,
    conditions_json: toJson(record.conditions),
    last_error_json: record.lastError ? toJson(record.lastError) : null,
    retry_json: toJson(record.retry),
    linger_until: record.lingerUntil ?? null,
    trace: record.trace ?? null,
    revision: record.revision,
  };
}

/** A row as a console. Its secrets are opened when somebody needs them. */
export function consoleFromRow(row: Selectable<ConsoleRow>, sealer: Sealer): ConsoleRecord {
  return {
    id: row.id,
    nodeId: row.node_id,
    nodeName: row.node_name,
    kind: row.kind as ConsoleKind,
    desired: row.desired as ConsoleRecord['desired'],
    generation: row.generation,
    state: {
      observed: row.observed as Observed,
      incarnation: incarnationFromRow(row, sealer),
    } as ConsoleState,
    conditions: fromJson<Condition[]>(row.conditions_json),
    lastError: row.last_error_json === null ? undefined : fromJson<Failure>(row.last_error_json),
    retry: fromJson<Retry>(row.retry_json),
    lingerUntil: row.linger_until ?? undefined,
    trace: row.trace ?? undefined,
    revision: row.revision,
  };
}

function incarnationFromRow(row: Selectable<ConsoleRow>, sealer: Sealer): Incarnation | undefined {
  if (row.incarnation_json === null || row.secrets === null) return undefined;
  const open = fromJson<OpenPart>(row.incarnation_json);
  const bytes = row.secrets;
  let opened: IncarnationSecrets | undefined;
  const secrets: Sealed<IncarnationSecrets> = {
    reveal: () => {
      opened ??= openSecrets(bytes, row, sealer);
      return opened;
    },
  };
  sealedBytes.set(secrets, bytes);
  return {
    generation: BigInt(open.generation),
    progress: open.progress,
    driver: open.driver,
    why: open.why,
    holder: open.holder,
    endpointKind: open.endpointKind,
    provider: open.provider,
    providerHolder: open.providerHolder,
    maxSessions: open.maxSessions,
    unverifiedTls: open.unverifiedTls,
    secrets,
  };
}

function openPart(incarnation: Incarnation): OpenPart {
  const { secrets: _, generation, ...rest } = incarnation;
  return { ...rest, generation: generation.toString() };
}

function sealSecrets(incarnation: Incarnation, consoleId: string, sealer: Sealer): Buffer {
  const known = sealedBytes.get(incarnation.secrets);
  if (known) return resealed(sealer, known, consoleSeal(consoleId));
  const secrets = incarnation.secrets.reveal();
  const part: SecretPart = {
    password: secrets.password,
    attachKey: secrets.attachKey.toString('base64'),
    driverState: secrets.driverState.toString('base64'),
    restoreState: secrets.restoreState.toString('base64'),
    endpoints: secrets.endpoints.map((endpoint) =>
      Buffer.from(Endpoint.encode(endpoint).finish()).toString('base64'),
    ),
    access: secrets.access,
  };
  const bytes = sealer.seal(toJson(part), consoleSeal(consoleId));
  sealedBytes.set(incarnation.secrets, bytes);
  return bytes;
}

function openSecrets(
  bytes: Buffer,
  { id, node_name }: Pick<Selectable<ConsoleRow>, 'id' | 'node_name'>,
  sealer: Sealer,
): IncarnationSecrets {
  const part = fromJson<SecretPart>(openSealed(sealer, bytes, consoleSeal(id), node_name));
  return {
    password: part.password,
    attachKey: Buffer.from(part.attachKey, 'base64'),
    driverState: Buffer.from(part.driverState, 'base64'),
    restoreState: Buffer.from(part.restoreState, 'base64'),
    endpoints: part.endpoints.map((text) => Endpoint.decode(Buffer.from(text, 'base64'))),
    access: part.access,
  };
}
