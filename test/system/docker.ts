import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getContainerRuntimeClient } from 'testcontainers';
import { inject } from 'vitest';

/** The containers of one run: how `docker compose` calls them, and what they publish on 127.0.0.1. */
export interface Project {
  readonly name: string;
  readonly pagePort: number;
  readonly serialPort: number;
  readonly linePort: number;
  readonly apiPort: number;
  readonly tokenPort: number;
  /** Folder on this machine with the administrator's certificate: `ca.pem`, `tls.pem`, `tls.key`. */
  readonly admin: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Made by start-project.ts before the first suite. */
    project: Project;
  }
}

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** This very file of the project, and what tests change in it. */
export const composeFiles = ['docker-compose.yml', 'test/system/override.yml'];
/** The longest that building all images may take, ms. */
const longest = 15 * 60_000;
const run = promisify(execFile);

/** Runs `docker …` at the top of the project; answers its standard output. Rejects with what it said when it fails. */
export async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args, { cwd: root, timeout: longest, maxBuffer: 2 ** 28 })).stdout;
}

/** What docker-compose.yml takes from the environment. */
export function composeEnvironment(project: Project): Record<string, string> {
  const ports = {
    PAGE_PORT: `${project.pagePort}`,
    SERIAL_PORT: `${project.serialPort}`,
    LINE_PORT: `${project.linePort}`,
    API_PORT: `${project.apiPort}`,
    TOKEN_PORT: `${project.tokenPort}`,
  };
  // No profile of that name: metrics and traces are on, and nobody is there to take them but what override.yml adds.
  return { ...ports, COMPOSE_PROFILES: 'tests' };
}

/** Arguments of `docker` up to the compose command. */
export function composeArguments(project: Project, files = composeFiles): string[] {
  const named = files.flatMap((file) => ['--file', file]);
  return [
    'compose',
    '--progress',
    'quiet',
    '--project-name',
    project.name,
    '--project-directory',
    '.',
    ...named,
  ];
}

/** Runs `docker compose …` for a project. */
export async function composeOf(
  project: Project,
  args: readonly string[],
  files?: string[],
): Promise<string> {
  const env = { ...process.env, ...composeEnvironment(project) };
  const options = { cwd: root, env, timeout: longest, maxBuffer: 2 ** 28 };
  return (await run('docker', [...composeArguments(project, files), ...args], options)).stdout;
}

/** Runs `docker compose …` for the project of this run. */
export function compose(...args: string[]): Promise<string> {
  return composeOf(inject('project'), args);
}

/** What all services of a project said, with their names: none of them is told unless it is named, for most are not attached. */
export async function everythingSaid(project = inject('project'), ...options: string[]): Promise<string> {
  const services = await composeOf(project, ['ps', '--all', '--services']);
  const named = services.split('\n').filter(Boolean);
  return composeOf(project, ['logs', '--no-color', ...options, ...named]);
}

/** Runs the command line as README.md says it. */
export function consolemesh(...args: string[]): Promise<string> {
  return compose('run', '--rm', '-T', 'cli', ...args);
}

/** Runs the command line on this machine, as README.md says it: with the administrator's certificate, at what is published. */
export async function consolemeshHere(...args: string[]): Promise<string> {
  const { apiPort, tokenPort, admin } = inject('project');
  const env = {
    ...process.env,
    CONSOLEMESH_API: `127.0.0.1:${apiPort}`,
    CONSOLEMESH_TOKEN_API: `127.0.0.1:${tokenPort}`,
    CONSOLEMESH_TLS_CA_FILE: `${admin}/ca.pem`,
    CONSOLEMESH_TLS_CERTIFICATE_FILE: `${admin}/tls.pem`,
    CONSOLEMESH_TLS_KEY_FILE: `${admin}/tls.key`,
  };
  const options = { cwd: root, env, timeout: longest, maxBuffer: 2 ** 28 };
  return (await run(process.execPath, ['services/cli/bin/consolemesh.mjs', ...args], options)).stdout;
}

/** Runs a shell's script in the container of ipmi-socat, the only driver with a shell; `input` is its standard input. */
export async function shellOfSocat(script: string, input: string): Promise<string> {
  const project = inject('project');
  const exec = ['exec', '-T', 'bmc-driver-ipmi-socat-1', '/bin/sh', '-c', script];
  const env = { ...process.env, ...composeEnvironment(project) };
  const options = { cwd: root, env, timeout: longest, maxBuffer: 2 ** 28 };
  const running = run('docker', [...composeArguments(project), ...exec], options);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Runs JavaScript in a service's container; answers what it printed. */
export function inside(service: string, script: string): Promise<string> {
  return compose('exec', '-T', service, '/usr/bin/node', '--input-type=module', '-e', script);
}

/** A container's place in a network. */
export interface Attachment {
  readonly IPAddress: string;
  readonly Aliases: readonly string[] | null;
}

/** What `docker inspect` tells of a container, as far as it is looked at here. */
export interface Container {
  readonly Id: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly Config: {
    readonly Image: string;
    readonly User: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>> | null;
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, Attachment>> };
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Pid: number;
    readonly Health?: { readonly Status: string };
  };
}

/** Those of override.yml. */
const ofTests = ['disk', 'spans'];

/** All containers of docker-compose.yml by the name of their service, those that have ended included. */
export async function containers(): Promise<Map<string, Container>> {
  const docker = await engine();
  const all = await Promise.all((await listed()).map(({ Id }) => docker.getContainer(Id).inspect()));
  const named = (all as unknown as Container[]).map((one) => [serviceOf(one.Config.Labels), one] as const);
  return new Map(named.filter(([service]) => !ofTests.includes(service)));
}

/** One container. @throws when there is none */
export async function container(service: string): Promise<Container> {
  const found = (await listed()).find(({ Labels }) => serviceOf(Labels) === service);
  if (!found) throw new Error(`there is no container of ${service}`);
  return (await (await engine()).getContainer(found.Id).inspect()) as unknown as Container;
}

/** Services that ought to run and do not, or whose health check does not succeed. One question to the engine, for asking often. */
export async function unwell(): Promise<string[]> {
  const sick = (await listed()).filter(({ Status }) => !/\(healthy\)$/.test(Status));
  return sick.map(({ Labels }) => serviceOf(Labels)).filter((service) => !oneShots.includes(service));
}

/** Run once and end. */
export const oneShots: readonly string[] = ['setup', 'nodes'];

async function listed() {
  const label = `com.docker.compose.project=${inject('project').name}`;
  const all = await (await engine()).listContainers({ all: true, filters: { label: [label] } });
  // Those of `docker compose run` end by themselves.
  return all.filter(({ Labels }) => Labels['com.docker.compose.oneoff'] !== 'True');
}

function serviceOf(labels: Readonly<Record<string, string>>): string {
  return labels['com.docker.compose.service'] ?? '';
}

/** The engine's own interface: asking it starts no process. */
async function engine() {
  return (await getContainerRuntimeClient()).container.dockerode;
}
