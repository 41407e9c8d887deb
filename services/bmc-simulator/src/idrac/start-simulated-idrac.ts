import { type Clock, systemClock } from '../clock.ts';
import type { IpmiFace } from '../ipmi/start-ipmi-face.ts';
import { type RunningMachine, type RunOptions, runMachine } from '../run-machine.ts';
import type { SshFace } from '../ssh/start-ssh-face.ts';
import { type IdracAttribute, nameOf } from './attributes/attribute.ts';
import type { IdracAttributes, JournalEntry, WriteHooks } from './attributes/create-idrac-attributes.ts';
import { idracAttributes } from './attributes/table.ts';
import { type Bmc, createBmc } from './bmc/create-bmc.ts';
import type { Job } from './bmc/create-job-queue.ts';
import { defaultLockout, type LoginAttempt } from './bmc/create-logins.ts';
import { defaultUsers } from './bmc/default-users.ts';
import type { Generation, IdracUser } from './bmc/types.ts';
import { findFreePort } from './find-free-port.ts';
import { type HttpsFace, type HttpsTls, type SeenRequest, startHttpsFace } from './https/start-https-face.ts';
import { makeCertificate } from './make-certificate.ts';
import type { IdracMisbehaviour } from './misbehaviour.ts';
import { lanEnable, type SerialFacesOptions, startSerialFaces } from './serial-faces.ts';
import type { IdracVncMisbehaviour } from './vnc/misbehaviour.ts';
import { machineScreen, type ScreenSource } from './vnc/screen-source.ts';
import { type IdracVnc, startIdracVnc } from './vnc/start-idrac-vnc.ts';
import type { IdracVncSettings } from './vnc-settings.ts';

export interface SimulatedIdracOptions
  extends Pick<RunOptions, 'name' | 'stage' | 'speed'>,
    Omit<SerialFacesOptions, 'host' | 'users'> {
  /** Decides what the server is made of; its name unless told. */
  seed?: string | undefined;
  /** Where its faces listen; 127.0.0.1 unless told. */
  host?: string | undefined;
  /** WS-MAN and Redfish; 0, a free one, unless told. */
  httpsPort?: number | undefined;
  /** First value of `VNCServer.1#Port`; 0, a free one, unless told. */
  vncPort?: number | undefined;
  /** One administrator, root with the password calvin, unless told. */
  users?: readonly IdracUser[] | undefined;
  /** 9 unless told. */
  generation?: Generation | undefined;
  /** Of both faces; made for its host unless told. */
  tls?: HttpsTls | undefined;
  clock?: Clock | undefined;
  /** Of WS-MAN and Redfish. The object may be changed while it runs; licence, renaming and lockdown's attribute count at the start. */
  misbehave?: IdracMisbehaviour | undefined;
  vncMisbehave?: IdracVncMisbehaviour | undefined;
  /** What its VNC server shows; the simulated machine unless told. */
  screen?: ScreenSource | undefined;
  /** First values, by name: `{ 'VNCServer.1#Enable': 'Enabled' }`. */
  attributes?: Readonly<Record<string, string>> | undefined;
  hooks?: WriteHooks | undefined;
  /** How long a job runs; 2 seconds unless told. */
  jobMs?: number | undefined;
  /** For how long it is away after a reset; 5 seconds unless told. */
  resetMs?: number | undefined;
  /** Told what a viewer did wrong or why a port could not be listened on, in one line without secrets. */
  onProblem?: ((text: string) => void) | undefined;
}

/** A simulated server with an iDRAC: WS-MAN, Redfish and a VNC server that follows the attributes. */
export interface SimulatedIdrac extends AsyncDisposable {
  readonly https: { readonly host: string; readonly port: number };
  /** Certificate of its faces, PEM. */
  readonly certificate: string;
  readonly attributes: IdracAttributes;
  /** Every write; the journal of `attributes`. */
  readonly journal: readonly JournalEntry[];
  readonly jobs: readonly Job[];
  readonly logins: readonly LoginAttempt[];
  readonly requests: readonly SeenRequest[];
  readonly redfishSessions: number;
  readonly misbehave: IdracMisbehaviour;
  readonly machine: RunningMachine;
  readonly vnc: IdracVnc;
  readonly ipmi: IpmiFace | undefined;
  readonly ssh: SshFace | undefined;
  /** Replaces the users of all its faces. */
  setUsers(users: readonly IdracUser[]): void;
  /** Ends every Redfish session. */
  endSessions(): void;
  /** Hangs up on every HTTPS client, in the middle of whatever it is. */
  dropClients(): void;
  /** Starts the card anew, as iDRACReset does. */
  reset(): void;
}

/**
 * Invents a server with an iDRAC and switches it on.
 * @throws when an address cannot be listened on, or an attribute is given that there is not
 */
export async function startSimulatedIdrac(options: SimulatedIdracOptions): Promise<SimulatedIdrac> {
  const { name, seed = name, stage, speed, clock = systemClock } = options;
  const { host = '127.0.0.1', misbehave = {}, onProblem = () => {} } = options;
  const tls = options.tls ?? makeCertificate([host, 'idrac'], clock.now());
  // Said by an attribute before the VNC server is ever enabled.
  const vncPort = options.vncPort || (await findFreePort(host));
  const started: (Disposable | AsyncDisposable)[] = [];
  let reset = () => {};
  try {
    const machine = runMachine({ name, seed, clock, ...(stage && { stage }), ...(speed && { speed }) });
    started.push(machine);
    const bmc = buildBmc({ ...options, misbehave, clock }, machine, vncPort, () => reset());
    started.push(bmc);
    const { attributes } = bmc;
    const vnc = await startIdracVnc({
      screen: options.screen ?? machineScreen(machine, clock),
      host,
      settings: vncSettings(attributes),
      tls,
      generation: bmc.generation,
      clock,
      misbehave: options.vncMisbehave,
      onSessions: (sessions) => attributes.report('VNCServer.1#ActiveSessions', String(sessions)),
      onProblem,
    });
    started.push(vnc, followAttributes(attributes, vnc, onProblem));
    const serial = await startSerialFaces(options, bmc);
    started.push(serial);
    const { ipmi, ssh } = serial;
    const { httpsPort: port = 0, resetMs = 5000 } = options;
    const https = await startHttpsFace({ bmc, host, port, tls, resetMs });
    started.push(https);
    attributes.report('WebServer.1#HttpsPort', String(https.address.port));
    reset = () => {
      https.reset();
      vnc.dropViewers();
      ipmi?.reset();
      ssh?.dropAll();
    };
    return present({
      bmc,
      https,
      vnc,
      ipmi,
      ssh,
      certificate: tls.cert,
      reset,
      stop: () => disposeAll(started),
    });
  } catch (error) {
    await disposeAll(started);
    throw error;
  }
}

/** The last started first. */
async function disposeAll(started: (Disposable | AsyncDisposable)[]): Promise<void> {
  for (let part = started.pop(); part; part = started.pop()) {
    if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
    else part[Symbol.dispose]();
  }
}

function present(parts: {
  bmc: Bmc;
  https: HttpsFace;
  vnc: IdracVnc;
  ipmi: IpmiFace | undefined;
  ssh: SshFace | undefined;
  certificate: string;
  reset: () => void;
  stop: () => Promise<void>;
}): SimulatedIdrac {
  const { bmc, https, vnc, ipmi, ssh, certificate, reset, stop } = parts;
  return {
    https: https.address,
    certificate,
    attributes: bmc.attributes,
    journal: bmc.attributes.journal,
    get jobs() {
      return bmc.jobs.jobs;
    },
    logins: bmc.logins.attempts,
    requests: https.requests,
    get redfishSessions() {
      return https.redfish.sessions.all.length;
    },
    misbehave: bmc.misbehave,
    machine: bmc.machine,
    vnc,
    ipmi,
    ssh,
    setUsers(users) {
      bmc.logins.setUsers(users);
      ipmi?.setUsers(users);
    },
    endSessions: () => https.redfish.sessions.clear(),
    dropClients: () => https.dropAll(),
    reset,
    [Symbol.asyncDispose]: stop,
  };
}

function buildBmc(
  options: SimulatedIdracOptions & { misbehave: IdracMisbehaviour; clock: Clock },
  machine: RunningMachine,
  vncPort: number,
  onReset: () => void,
): Bmc {
  const { generation = '9', users = defaultUsers, misbehave, clock, hooks } = options;
  const table = idracAttributes({
    generation,
    identity: machine.identity,
    users,
    lockout: misbehave.lockout ?? defaultLockout,
    lockdown: misbehave.lockdown ?? false,
    vncPort,
  });
  const first = { ...(options.ipmi && { [lanEnable]: 'Enabled' }), ...options.attributes };
  const definitions = withFirstValues(asFirmware(table, misbehave), first);
  const jobMs = options.jobMs ?? 2000;
  return createBmc({ generation, machine, clock, misbehave, definitions, users, hooks, jobMs, onReset });
}

/** What licence and firmware make of the table. */
function asFirmware(
  table: readonly IdracAttribute[],
  { noLicence, renamed }: IdracMisbehaviour,
): readonly IdracAttribute[] {
  const licensed = noLicence ? table.filter(({ group }) => group !== 'VNCServer.1') : table;
  if (!renamed) return licensed;
  if (!licensed.some((attribute) => nameOf(attribute) === renamed.from))
    throw new TypeError(`the simulated iDRAC has no attribute ${renamed.from} that could be renamed`);
  return licensed.map((attribute) =>
    nameOf(attribute) === renamed.from ? { ...attribute, name: renamed.to } : attribute,
  );
}

function withFirstValues(
  definitions: readonly IdracAttribute[],
  values: Readonly<Record<string, string>>,
): readonly IdracAttribute[] {
  const names = new Set(definitions.map(nameOf));
  const unknown = Object.keys(values).find((name) => !names.has(name));
  if (unknown) throw new TypeError(`the simulated iDRAC has no attribute ${unknown}`);
  return definitions.map((attribute) => {
    const value = values[nameOf(attribute)];
    return value === undefined ? attribute : { ...attribute, value };
  });
}

/** What the attributes say to the VNC server; the factory's values for those that are not there. */
export function vncSettings({ current }: Pick<IdracAttributes, 'current'>): IdracVncSettings {
  const value = (name: string, otherwise: string) => current(`VNCServer.1#${name}`) ?? otherwise;
  return {
    enabled: value('Enable', 'Disabled') === 'Enabled',
    port: Number(value('Port', '5901')),
    password: value('Password', ''),
    timeoutSeconds: Number(value('Timeout', '300')),
    tls: value('SSLEncryptionBitLength', 'Disabled') !== 'Disabled',
    lowerEncryption: value('LowerEncryptionBitLength', 'Disabled') === 'Enabled',
    maxSessions: Number(value('MaxSessions', '1')),
  };
}

function followAttributes(
  attributes: IdracAttributes,
  vnc: IdracVnc,
  onProblem: (text: string) => void,
): Disposable {
  return attributes.onChange(async (names) => {
    if (!names.some((name) => name.startsWith('VNCServer.1#'))) return;
    // A write is answered however the VNC server fares: its port may be taken.
    await vnc.apply(vncSettings(attributes)).catch((error: Error) => onProblem(error.message));
  });
}
