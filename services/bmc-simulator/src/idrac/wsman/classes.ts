import { type IdracAttribute, nameOf } from '../attributes/attribute.ts';
import { firmwareVersion, serviceTag } from '../attributes/table.ts';
import type { Bmc } from '../bmc/create-bmc.ts';
import type { Job } from '../bmc/create-job-queue.ts';
import {
  applyAttributes,
  cardFqdd,
  createTargetedConfigJob,
  deleteJobQueue,
  deletePendingConfiguration,
  getRemoteServicesApiStatus,
  requestStateChange,
  resetCard,
  setAttributes,
} from './methods.ts';
import type { Properties, WsmanClass, WsmanMethod } from './wsman-class.ts';

/** Every class that the service has. */
const classes: readonly WsmanClass[] = [
  attributeClass('DCIM_iDRACCardEnumeration', 'enumeration'),
  attributeClass('DCIM_iDRACCardInteger', 'integer'),
  attributeClass('DCIM_iDRACCardString', 'string'),
  serviceClass('DCIM_iDRACCardService', 'DCIM:iDRACCardService', 'DCIM:ComputerSystem', {
    SetAttribute: setAttributes,
    SetAttributes: setAttributes,
    ApplyAttribute: applyAttributes,
    ApplyAttributes: applyAttributes,
    CreateTargetedConfigJob: createTargetedConfigJob,
    DeletePendingConfiguration: deletePendingConfiguration,
    iDRACReset: resetCard,
  }),
  serviceClass('DCIM_LCService', 'DCIM:LCService', 'DCIM:ComputerSystem', {
    GetRemoteServicesAPIStatus: getRemoteServicesApiStatus,
  }),
  serviceClass('DCIM_JobService', 'JobService', 'idrac', { DeleteJobQueue: deleteJobQueue }),
  {
    name: 'DCIM_LifecycleJob',
    keys: ['InstanceID'],
    instances: ({ jobs }) => [clearAll, ...jobs.jobs.map(describeJob)],
  },
  {
    name: 'DCIM_ComputerSystem',
    keys: ['CreationClassName', 'Name'],
    instances: ({ machine }) => [
      {
        CreationClassName: 'DCIM_ComputerSystem',
        EnabledState: machine.power === 'on' ? '2' : '3',
        Name: 'srv:system',
      },
    ],
    methods: { RequestStateChange: requestStateChange },
  },
  { name: 'DCIM_SystemView', keys: ['InstanceID'], instances: (bmc) => [describeSystem(bmc)] },
];

const byName = new Map(classes.map((cimClass) => [cimClass.name, cimClass]));

export function findClass(name: string): WsmanClass | undefined {
  return byName.get(name);
}

function attributeClass(name: string, type: IdracAttribute['kind']['type']): WsmanClass {
  return {
    name,
    keys: ['InstanceID'],
    instances: (bmc) =>
      bmc.attributes.definitions
        .filter(({ kind }) => kind.type === type)
        .map((attribute) => describeAttribute(bmc, attribute)),
  };
}

function serviceClass(
  name: string,
  instance: string,
  systemName: string,
  methods: Readonly<Record<string, WsmanMethod>>,
): WsmanClass {
  const properties = {
    CreationClassName: name,
    Name: instance,
    SystemCreationClassName: 'DCIM_ComputerSystem',
    SystemName: systemName,
  };
  return { name, keys: Object.keys(properties), instances: () => [properties], methods };
}

/** What stands for a secret, set or not. */
const asterisks = '******';

function describeAttribute({ attributes }: Bmc, attribute: IdracAttribute): Properties {
  const name = nameOf(attribute);
  const { kind, secret } = attribute;
  const pending = attributes.pending(name);
  return {
    AttributeDisplayName: attribute.displayName,
    AttributeName: attribute.name,
    CurrentValue: secret ? asterisks : (attributes.current(name) ?? null),
    DefaultValue: attribute.defaultValue ?? null,
    Dependency: null,
    DisplayOrder: String(attribute.order),
    FQDD: cardFqdd,
    GroupDisplayName: attribute.groupDisplayName,
    GroupID: attribute.group,
    InstanceID: `${cardFqdd}#${name}`,
    IsReadOnly: String(attribute.readOnly),
    ...(kind.type === 'integer' && { LowerBound: String(kind.min) }),
    ...(kind.type === 'string' && {
      MaxLength: String(kind.maxLength),
      MinLength: String(kind.minLength),
    }),
    PendingValue: pending !== undefined && secret ? asterisks : (pending ?? null),
    ...(kind.type === 'enumeration' && { PossibleValues: kind.values }),
    ...(kind.type === 'integer' && { UpperBound: String(kind.max) }),
  };
}

/** Is in every queue and stands for all jobs when it is deleted. */
const clearAll: Properties = {
  InstanceID: 'JID_CLEARALL',
  JobStartTime: 'TIME_NA',
  JobStatus: 'Pending',
  JobUntilTime: 'TIME_NA',
  Message: 'NA',
  MessageID: 'NA',
  Name: 'CLEARALL',
  PercentComplete: '0',
};

function describeJob(job: Job): Properties {
  return {
    InstanceID: job.id,
    JobStartTime: '00000101000000',
    JobStatus: job.status,
    JobUntilTime: 'TIME_NA',
    Message: job.message,
    MessageID: job.messageId,
    Name: job.name,
    PercentComplete: String(job.percent),
  };
}

function describeSystem({ identity, generation }: Bmc): Properties {
  return {
    InstanceID: 'System.Embedded.1',
    LastSystemInventoryTime: '20260305140000.000000+000',
    LifecycleControllerVersion: firmwareVersion(generation),
    Manufacturer: identity.vendor,
    Model: identity.product,
    ServiceTag: serviceTag(identity),
    UUID: identity.uuid,
  };
}
