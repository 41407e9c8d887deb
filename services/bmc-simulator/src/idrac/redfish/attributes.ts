import { dottedName, type IdracAttribute, nameOf } from '../attributes/attribute.ts';
import type { Bmc } from '../bmc/create-bmc.ts';
import type { Refusal, RefusalKind } from '../bmc/messages.ts';
import type { RedfishMessageId, Said } from './answers.ts';
import { type Handler, managerPath, type Resource, root } from './resource.ts';

const newer = `${managerPath}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`;
const older = `${managerPath}/Attributes`;

/** The other two of the three that a manager links to; they are empty here. */
const others = ['System.Embedded.1', 'LifecycleController.Embedded.1'].map(
  (name) => `${managerPath}/Oem/Dell/DellAttributes/${name}`,
);

/** What `Links.Oem.Dell.DellAttributes` of the manager says; undefined on firmware that does not link them. */
export function attributeLinks(bmc: Bmc): readonly string[] | undefined {
  return hasPath(bmc, 'newer') ? [newer, ...others] : undefined;
}

export const attributeResources: readonly Resource[] = [
  {
    path: newer,
    exists: (bmc) => hasPath(bmc, 'newer'),
    methods: { GET: (call) => read(call), PATCH: (call) => change(call) },
  },
  {
    path: older,
    exists: (bmc) => hasPath(bmc, 'older'),
    methods: { GET: (call) => read(call), PATCH: (call) => change(call) },
  },
  ...others.map(
    (path): Resource => ({
      path,
      exists: (bmc) => hasPath(bmc, 'newer'),
      methods: { GET: ({ answers }) => answers.json(200, { '@odata.id': path, Attributes: {} }) },
    }),
  ),
];

function hasPath({ generation, misbehave }: Bmc, which: 'newer' | 'older'): boolean {
  const paths = misbehave.attributesPath ?? (generation === '8' ? 'older' : 'both');
  return paths === 'both' || paths === which;
}

const read: Handler = ({ bmc, answers, path }) => {
  if (bmc.state === 'not-ready') return answers.error(400, ['IDRAC.SWC0700']);
  const entries = bmc.attributes.definitions.map((attribute) => [
    dottedName(nameOf(attribute)),
    toJson(bmc, attribute),
  ]);
  return answers.json(200, {
    '@odata.id': path,
    '@odata.type': '#DellAttributes.v1_0_0.DellAttributes',
    Id: 'iDRAC.Embedded.1',
    Name: 'OEMAttributeRegistry',
    Attributes: Object.fromEntries(entries),
  });
};

const change: Handler = async ({ bmc, answers, user, body }) => {
  const { Attributes: wanted } = body;
  if (typeof wanted !== 'object' || wanted === null)
    return answers.error(400, ['Base.PropertyMissing', 'Attributes']);
  if (!user) return answers.error(401, ['Base.AccessDenied']);
  const values = new Map<string, string>();
  for (const [dotted, value] of Object.entries(wanted)) {
    const attribute = bmc.attributes.definitions.find((other) => dottedName(nameOf(other)) === dotted);
    if (!attribute) return answers.error(400, ['Base.PropertyUnknown', dotted]);
    const text = fromJson(bmc, attribute, value);
    if (text === undefined) return answers.error(400, ['Base.PropertyValueTypeError', dotted]);
    values.set(nameOf(attribute), text);
  }
  const answer = await bmc.write({ face: 'redfish', user, values });
  if (answer.result === 'lost') return 'lost';
  if (answer.result === 'refused') return answers.error(...refusalAnswer(answer.refusal));
  if (answer.result === 'current') return answers.done(['Base.Success'], ['IDRAC.SYS413']);
  const job = bmc.createConfigJob(0);
  if ('kind' in job) return answers.error(...refusalAnswer(job));
  const task = `${root}/TaskService/Tasks/${job.id}`;
  return answers.json(202, { '@odata.id': task, Id: job.id, TaskState: 'New' }, { location: task });
};

const messageOf: Partial<Record<RefusalKind, RedfishMessageId>> = {
  'unknown-attribute': 'Base.PropertyUnknown',
  'read-only': 'Base.PropertyNotWritable',
  'not-in-list': 'Base.PropertyValueNotInList',
  'wrong-type': 'Base.PropertyValueTypeError',
  'out-of-range': 'Base.PropertyValueOutOfRange',
  'too-long': 'Base.StringValueTooLong',
  'bad-character': 'Base.PropertyValueFormatError',
};

/** The status and the messages with which Redfish refuses. A BMC that is not ready answers 400: so do real ones. */
export function refusalAnswer(refusal: Refusal): [number, ...Said[]] {
  const { kind, message, arguments: args } = refusal;
  if (kind === 'not-permitted') return [403, ['Base.InsufficientPrivilege']];
  if (kind === 'not-ready') return [400, ['IDRAC.SWC0700']];
  if (kind === 'job-queue-full' || kind === 'job-exists') return [503, ['Base.GeneralError', message]];
  if (kind === 'lockdown') return [403, ['Base.GeneralError', message]];
  const id = messageOf[kind];
  return [400, id ? [id, dottedName(args[0] ?? '')] : ['Base.GeneralError', message]];
}

const isBitLength = (name: string) => name === 'SSLEncryptionBitLength';

/** Numbers for integers, text for the others, null for secrets and for what is not set; and what firmwares do differently. */
function toJson({ attributes, misbehave }: Bmc, attribute: IdracAttribute): string | number | null {
  const value = attributes.current(nameOf(attribute));
  if (attribute.secret || value === undefined) return null;
  const { kind, name } = attribute;
  if (kind.type === 'integer') return misbehave.numbersAsStrings ? value : Number(value);
  if (kind.type === 'enumeration' && isBitLength(name) && misbehave.bitLengthAsNumber)
    return kind.values.indexOf(value);
  return value;
}

/** The text of a value; undefined when it does not have the type in which the attribute is read. */
function fromJson({ misbehave }: Bmc, { kind, name }: IdracAttribute, value: unknown): string | undefined {
  const isNumber = typeof value === 'number' && Number.isInteger(value);
  if (kind.type === 'enumeration' && isBitLength(name) && misbehave.bitLengthAsNumber)
    return isNumber ? kind.values[value] : undefined;
  if (kind.type === 'integer' && !misbehave.numbersAsStrings) return isNumber ? String(value) : undefined;
  return typeof value === 'string' ? value : undefined;
}
