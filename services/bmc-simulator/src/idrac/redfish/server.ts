import type { PowerAction } from '../../machine/create-machine.ts';
import { firmwareVersion, serviceTag } from '../attributes/table.ts';
import type { Bmc } from '../bmc/create-bmc.ts';
import type { Job } from '../bmc/create-job-queue.ts';
import { attributeLinks, refusalAnswer } from './attributes.ts';
import {
  collection,
  consoleCommand,
  type Handler,
  link,
  managerPath,
  type Resource,
  root,
  sessionsPath,
  systemPath,
} from './resource.ts';

const serviceRoot: Handler = ({ bmc, answers }) =>
  answers.json(200, {
    '@odata.id': root,
    '@odata.type': '#ServiceRoot.v1_3_0.ServiceRoot',
    Id: 'RootService',
    Name: 'Root Service',
    RedfishVersion: bmc.generation === '8' ? '1.0.2' : '1.11.0',
    ...(bmc.generation !== '8' && { Vendor: 'Dell', Product: 'Integrated Dell Remote Access Controller' }),
    Managers: link(`${root}/Managers`),
    Systems: link(`${root}/Systems`),
    ...(!bmc.misbehave.noSessions && {
      SessionService: link(`${root}/SessionService`),
      Links: { Sessions: link(sessionsPath(bmc)) },
    }),
    Oem: { Dell: { ServiceTag: serviceTag(bmc.identity) } },
  });

const manager: Handler = ({ bmc, answers, path }) => {
  const attributes = attributeLinks(bmc);
  return answers.json(200, {
    '@odata.id': path,
    '@odata.type': '#Manager.v1_3_3.Manager',
    Id: 'iDRAC.Embedded.1',
    Name: 'Manager',
    ManagerType: 'BMC',
    FirmwareVersion: firmwareVersion(bmc.generation),
    Model: bmc.generation === '8' ? '13G Monolithic' : '14G Monolithic',
    Actions: {
      '#Manager.Reset': {
        'ResetType@Redfish.AllowableValues': ['GracefulRestart'],
        target: `${managerPath}/Actions/Manager.Reset`,
      },
    },
    Links: {
      ManagerForServers: [link(systemPath)],
      Oem: {
        Dell: {
          ...(attributes && {
            DellAttributes: attributes.map(link),
            'DellAttributes@odata.count': attributes.length,
          }),
        },
      },
    },
  });
};

const resetManager: Handler = ({ bmc, answers, user, body }) => {
  if (user?.privilege !== 'administrator') return answers.error(403, ['Base.InsufficientPrivilege']);
  if (body.ResetType !== 'GracefulRestart')
    return answers.error(400, ['Base.ActionParameterNotSupported', 'ResetType']);
  return { status: 204, body: '', afterwards: () => bmc.reset() };
};

const powerActions: Readonly<Record<string, PowerAction>> = {
  On: 'on',
  ForceOff: 'off',
  ForceRestart: 'reset',
  GracefulShutdown: 'shutdown',
  PowerCycle: 'cycle',
};

const system: Handler = ({ bmc, answers, path }) => {
  if (bmc.state === 'not-ready') return answers.error(400, ['IDRAC.SWC0700']);
  const { identity, machine } = bmc;
  return answers.json(200, {
    '@odata.id': path,
    '@odata.type': '#ComputerSystem.v1_5_0.ComputerSystem',
    Id: 'System.Embedded.1',
    Name: 'System',
    Manufacturer: identity.vendor,
    Model: identity.product,
    SerialNumber: identity.serial,
    SKU: serviceTag(identity),
    UUID: identity.uuid,
    HostName: identity.name,
    PowerState: machine.power === 'on' ? 'On' : 'Off',
    ...serialConsole(bmc.serialPorts),
    Actions: {
      '#ComputerSystem.Reset': {
        'ResetType@Redfish.AllowableValues': Object.keys(powerActions),
        target: `${systemPath}/Actions/ComputerSystem.Reset`,
      },
    },
    Links: { ManagedBy: [link(managerPath)] },
  });
};

/** What an iDRAC tells about its serial console; nothing when this one has none. */
function serialConsole({ ssh, ipmi }: Bmc['serialPorts']): object {
  if (ssh === undefined && ipmi === undefined) return {};
  return {
    SerialConsole: {
      MaxConcurrentSessions: 1,
      IPMI: { ServiceEnabled: ipmi !== undefined, ...(ipmi !== undefined && { Port: ipmi }) },
      SSH: {
        ServiceEnabled: ssh !== undefined,
        ...(ssh !== undefined && { Port: ssh }),
        SharedWithManagerCLI: true,
        ConsoleEntryCommand: consoleCommand,
        HotKeySequenceDisplay: 'Ctrl-\\',
      },
    },
  };
}

const resetSystem: Handler = ({ bmc, answers, user, body }) => {
  if (user?.privilege === 'readonly') return answers.error(403, ['Base.InsufficientPrivilege']);
  const action = powerActions[String(body.ResetType)];
  if (!action) return answers.error(400, ['Base.ActionParameterNotSupported', 'ResetType']);
  const { machine } = bmc;
  if (action === 'on' && machine.power === 'on') return answers.error(409, ['IDRAC.PSU501']);
  if (action !== 'on' && machine.power === 'off') return answers.error(409, ['IDRAC.PSU502']);
  machine.setPower(action);
  return { status: 204, body: '' };
};

const taskStates: Readonly<Record<Job['status'], string>> = {
  New: 'New',
  Scheduled: 'Starting',
  Running: 'Running',
  Completed: 'Completed',
  Failed: 'Exception',
};

const task: Handler = ({ bmc, answers, path, open: [id = ''] }) => {
  const job = bmc.jobs.find(id);
  if (!job) return answers.error(404, ['Base.ResourceMissingAtURI', path]);
  return answers.json(200, {
    '@odata.id': path,
    '@odata.type': '#Task.v1_4_0.Task',
    Id: job.id,
    Name: job.name,
    TaskState: taskStates[job.status],
    TaskStatus: job.status === 'Failed' ? 'Critical' : 'OK',
    PercentComplete: job.percent,
    Messages: [{ Message: job.message, MessageId: job.messageId }],
  });
};

/** Deleting a task deletes its job. */
const deleteTask: Handler = ({ bmc, answers, user, path, open: [id = ''] }) => {
  if (!user || user.privilege === 'readonly') return answers.error(...refusalAnswer(notPermitted));
  if (!bmc.jobs.delete(id)) return answers.error(404, ['Base.ResourceMissingAtURI', path]);
  return answers.done(['Base.Success']);
};

const notPermitted = { kind: 'not-permitted', messageId: 'RAC002', message: '', arguments: [] } as const;

const members = (path: string, type: string, list: readonly string[]): Resource => ({
  path,
  methods: { GET: ({ answers }) => answers.json(200, collection(path, type, list)) },
});

/** The service, the manager, the server and the tasks. */
export const serverResources: readonly Resource[] = [
  {
    path: '/redfish',
    public: true,
    methods: { GET: ({ answers }) => answers.json(200, { v1: `${root}/` }) },
  },
  { path: root, public: true, methods: { GET: serviceRoot } },
  members(`${root}/Managers`, 'Manager', [managerPath]),
  { path: managerPath, methods: { GET: manager } },
  { path: `${managerPath}/Actions/Manager.Reset`, methods: { POST: resetManager } },
  members(`${root}/Systems`, 'ComputerSystem', [systemPath]),
  { path: systemPath, methods: { GET: system } },
  { path: `${systemPath}/Actions/ComputerSystem.Reset`, methods: { POST: resetSystem } },
  { path: `${root}/TaskService/Tasks/*`, methods: { GET: task, DELETE: deleteTask } },
];
