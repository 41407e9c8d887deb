import { type Node, Route } from '@consolemesh/contracts/conductor';
import { readPairs, readPairsOrFiles } from '../../arguments.ts';
import { UsageError } from '../../exit-codes.ts';
import type { Io } from '../../io.ts';
import { enumOf } from '../../output/words.ts';
import { readSecrets } from '../../read-secrets.ts';

/** What `create` and `set` can say about a node. */
export interface FieldOptions {
  readonly info?: string[];
  readonly secret?: string[];
  readonly label?: string[];
  readonly extra?: string[];
  readonly graphical?: string;
  readonly serial?: string;
  readonly power?: string;
  readonly route?: string;
  readonly owner?: string;
  readonly lessee?: string;
  readonly instanceUuid?: string;
  readonly maintenance?: boolean | string;
}

/** A node with the given fields, and the mask that names them. */
export interface Fields {
  readonly node: Omit<Partial<Node>, '$type'>;
  readonly mask: string[];
}

/** The fields that options name. Reads secrets from their files. Throws UsageError. */
export async function readFields(io: Io, options: FieldOptions): Promise<Fields> {
  const mask: string[] = [];
  const pairs = (option: string, field: string, texts: readonly string[] | undefined, read = readPairs) => {
    const map = read(option, texts);
    for (const key of Object.keys(map)) mask.push(`${field}.${checkKey(option, key)}`);
    return map;
  };
  const text = (field: string, value: string | undefined) => {
    if (value !== undefined) mask.push(field);
    return value ?? '';
  };
  const secrets = await readSecrets(io, options.secret);
  for (const key of Object.keys(secrets)) mask.push(`driver_secrets.${checkKey('--secret', key)}`);
  const { maintenance } = options;
  if (maintenance !== undefined) mask.push('maintenance', 'maintenance_reason');
  return {
    node: {
      interfaces: {
        graphical: text('interfaces.graphical', options.graphical),
        serial: text('interfaces.serial', options.serial),
        power: text('interfaces.power', options.power),
      },
      driverInfo: pairs('--info', 'driver_info', options.info, readPairsOrFiles),
      driverSecrets: secrets,
      owner: text('owner', options.owner),
      lessee: text('lessee', options.lessee),
      instanceUuid: text('instance_uuid', options.instanceUuid),
      maintenance: maintenance !== undefined && maintenance !== false,
      maintenanceReason: typeof maintenance === 'string' ? maintenance : '',
      labels: pairs('--label', 'labels', options.label),
      extra: pairs('--extra', 'extra', options.extra),
      route: enumOf(Route, text('route', options.route) || undefined),
    },
    mask,
  };
}

/** A key that can stand in a field mask. */
function checkKey(option: string, key: string): string {
  if (/[,`\s]/.test(key))
    throw new UsageError(`${option} ${key}: a key holds no comma, backtick or white space`);
  return key;
}
