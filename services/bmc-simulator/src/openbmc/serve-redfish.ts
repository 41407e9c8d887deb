import type { IncomingHttpHeaders } from 'node:http';
import type { HttpAnswer } from '../idrac/https/face-answer.ts';
import { type Answers, createAnswers } from '../idrac/redfish/answers.ts';
import { collection, link, root } from '../idrac/redfish/resource.ts';
import type { BootOverride, PowerAction } from '../machine/create-machine.ts';
import type { Admitted, Gate } from './create-gate.ts';
import type { Host } from './host.ts';
import type { OpenbmcMisbehaviour } from './misbehaviour.ts';
import {
  isOwnPage,
  logIn,
  notAllowed,
  sessionResource,
  sessionService,
  sessionsPath,
} from './serve-sessions.ts';

export interface RedfishOptions {
  readonly hosts: readonly Host[];
  readonly gate: Gate;
  readonly misbehave: OpenbmcMisbehaviour;
  /** What else there is beside HTTPS; known once it listens. */
  readonly ports: { readonly ssh?: number | undefined; readonly ipmi?: number | undefined };
  /** The console command and keys that its SSH server has. */
  readonly ssh: { readonly entry: string | undefined; readonly hotKey: string };
}

export interface RedfishRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const systems = `${root}/Systems`;
const manager = `${root}/Managers/bmc`;

/** The Redfish of bmcweb, as far as somebody looks at it who wants a console or the power of a server. */
export function createRedfish(options: RedfishOptions): (request: RedfishRequest) => HttpAnswer {
  const { gate, misbehave } = options;
  const answers = createAnswers('9');
  return (request) => {
    const path = request.path.replace(/(.)\/$/, '$1');
    const body = readObject(request.body);
    if (!body) return answers.error(400, ['Base.MalformedJSON']);
    if (request.method === 'GET' && path === '/redfish') return answers.json(200, { v1: `${root}/` });
    if (request.method === 'GET' && path === root) return serviceRoot(answers, misbehave);
    if (request.method === 'POST' && path === sessionsPath && !misbehave.noSessions)
      return logIn(answers, gate, request.headers, body);
    // Whoever has not logged in yet has to find out that there is nothing to log in to.
    if (misbehave.noSessions && isUnder(sessionService, path)) return missing(answers, path);
    const who = gate.judge(request.headers);
    if (!who) return answers.error(401, ['Base.AccessDenied']);
    if (request.method !== 'GET' && !isOwnPage(gate, who, request.headers))
      return answers.error(401, ['Base.AccessDenied']);
    return find(options, answers, { ...request, path, fields: body, who });
  };
}

const isUnder = (parent: string, path: string) => path === parent || path.startsWith(`${parent}/`);

function missing(answers: Answers, path: string): HttpAnswer {
  return answers.error(404, ['Base.ResourceMissingAtURI', path]);
}

interface Call extends RedfishRequest {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly who: Admitted;
}

function find(options: RedfishOptions, answers: Answers, call: Call): HttpAnswer {
  const { method, path } = call;
  const get = (body: () => object) => (method === 'GET' ? answers.json(200, body()) : notAllowed(answers));
  if (path === systems)
    return get(() =>
      collection(
        systems,
        'ComputerSystem',
        options.hosts.map(({ id }) => `${systems}/${id}`),
      ),
    );
  if (path === `${root}/Managers`) return get(() => collection(path, 'Manager', [manager]));
  if (path === manager) return get(() => describeManager(options));
  if (!options.misbehave.noSessions) {
    const answer = sessionResource(options.gate, answers, call);
    if (answer) return answer;
  }
  const [, id, action] = /^\/redfish\/v1\/Systems\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const host = options.hosts.find((other) => other.id === id);
  if (!host) return missing(answers, path);
  if (action === '/Actions/ComputerSystem.Reset' && method === 'POST') return reset(answers, host, call);
  if (action !== undefined) return missing(answers, path);
  if (method === 'PATCH') return changeBoot(answers, host, call);
  return get(() => describeSystem(options, host));
}

function serviceRoot(answers: Answers, { noSessions }: OpenbmcMisbehaviour): HttpAnswer {
  // bmcweb names no vendor.
  return answers.json(200, {
    '@odata.id': root,
    '@odata.type': '#ServiceRoot.v1_15_0.ServiceRoot',
    Id: 'RootService',
    Name: 'Root Service',
    RedfishVersion: '1.17.0',
    Managers: link(`${root}/Managers`),
    Systems: link(systems),
    ...(!noSessions && {
      SessionService: link(`${root}/SessionService`),
      Links: { Sessions: link(sessionsPath) },
    }),
  });
}

function describeManager({ hosts }: RedfishOptions): object {
  return {
    '@odata.id': manager,
    '@odata.type': '#Manager.v1_14_0.Manager',
    Id: 'bmc',
    Name: 'OpenBmc Manager',
    Description: 'Baseboard Management Controller',
    ManagerType: 'BMC',
    Model: 'OpenBmc',
    FirmwareVersion: '2.16.0',
    SerialConsole: {
      ConnectTypesSupported: ['IPMI', 'SSH'],
      MaxConcurrentSessions: 15,
      ServiceEnabled: true,
    },
    Links: { ManagerForServers: hosts.map(({ id }) => link(`${systems}/${id}`)) },
  };
}

function describeSystem(options: RedfishOptions, host: Host): object {
  const { identity, power, bootOverride } = host.machine;
  const path = `${systems}/${host.id}`;
  return {
    '@odata.id': path,
    '@odata.type': '#ComputerSystem.v1_22_0.ComputerSystem',
    Id: host.id,
    Name: host.id,
    SystemType: 'Physical',
    Manufacturer: identity.vendor,
    Model: identity.product,
    SerialNumber: identity.serial,
    UUID: identity.uuid,
    HostName: identity.name,
    PowerState: power === 'on' ? 'On' : 'Off',
    Boot: {
      BootSourceOverrideEnabled: !bootOverride ? 'Disabled' : bootOverride.persistent ? 'Continuous' : 'Once',
      BootSourceOverrideTarget:
        Object.keys(bootTargets).find((name) => bootTargets[name] === bootOverride?.to) ?? 'None',
      'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', ...Object.keys(bootTargets)],
    },
    SerialConsole: serialConsole(options, host),
    Actions: {
      '#ComputerSystem.Reset': {
        target: `${path}/Actions/ComputerSystem.Reset`,
        'ResetType@Redfish.AllowableValues': Object.keys(powerActions),
      },
    },
    Links: { ManagedBy: [link(manager)] },
  };
}

/** The first host has SSH and IPMI; each has its WebSocket. */
function serialConsole({ hosts, misbehave, ports, ssh }: RedfishOptions, host: Host): object {
  const ServiceEnabled = !misbehave.disabled;
  const first = host === hosts[0];
  const told = !misbehave.noWebSocket && !misbehave.untold;
  return {
    MaxConcurrentSessions: 15,
    IPMI: {
      ServiceEnabled: ServiceEnabled && first && ports.ipmi !== undefined,
      ...(first && ports.ipmi && { Port: ports.ipmi }),
    },
    SSH: {
      ServiceEnabled: ServiceEnabled && first && ports.ssh !== undefined,
      ...(first && ports.ssh !== undefined && { Port: ports.ssh }),
      SharedWithManagerCLI: ssh.entry !== undefined,
      ...(ssh.entry !== undefined && { ConsoleEntryCommand: ssh.entry }),
      HotKeySequenceDisplay: ssh.hotKey,
    },
    ...(told && {
      WebSocket: {
        ServiceEnabled,
        ConsoleURI: misbehave.uri ?? host.console,
        Interactive: !misbehave.readOnly,
      },
    }),
  };
}

const powerActions: Readonly<Record<string, PowerAction | 'nmi'>> = {
  On: 'on',
  ForceOff: 'off',
  ForceOn: 'on',
  ForceRestart: 'reset',
  GracefulRestart: 'reset',
  GracefulShutdown: 'shutdown',
  PowerCycle: 'cycle',
  Nmi: 'nmi',
};

function reset(answers: Answers, { machine }: Host, { who, fields }: Call): HttpAnswer {
  if (who.user.privilege === 'readonly') return answers.error(403, ['Base.InsufficientPrivilege']);
  const action = powerActions[String(fields.ResetType)];
  if (!action) return answers.error(400, ['Base.ActionParameterNotSupported', 'ResetType']);
  if (action === 'nmi') machine.interrupt();
  else machine.setPower(action);
  return { status: 204, body: '' };
}

const bootTargets: Readonly<Record<string, BootOverride['to']>> = {
  Pxe: 'network',
  Hdd: 'disk',
  BiosSetup: 'setup',
  Diags: 'bootMenu',
};

function changeBoot(answers: Answers, { machine }: Host, { who, fields }: Call): HttpAnswer {
  if (who.user.privilege === 'readonly') return answers.error(403, ['Base.InsufficientPrivilege']);
  const boot = fields.Boot;
  if (typeof boot !== 'object' || boot === null) return answers.error(400, ['Base.PropertyMissing', 'Boot']);
  const { BootSourceOverrideEnabled: enabled = 'Once', BootSourceOverrideTarget: target = 'None' } =
    boot as Record<string, unknown>;
  const to = bootTargets[String(target)];
  if (!to && target !== 'None')
    return answers.error(400, ['Base.PropertyValueNotInList', 'BootSourceOverrideTarget']);
  machine.bootOverride =
    to && enabled !== 'Disabled' ? { to, persistent: enabled === 'Continuous' } : undefined;
  return { status: 204, body: '' };
}

/** The object in a body; undefined when it is none. */
function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
