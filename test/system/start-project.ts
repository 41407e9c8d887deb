import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import type { TestProject } from 'vitest/node';
import { artifacts } from '../harness/chromium.ts';
import {
  composeArguments,
  composeEnvironment,
  composeFiles,
  composeOf,
  docker,
  type Project,
  root,
} from './docker.ts';

const minute = 60_000;

/** Builds the images, brings docker-compose.yml up once for all suites, and takes it down at the end: nothing may be left then. */
export default async function startProject({ provide }: TestProject): Promise<() => Promise<void>> {
  // Its helper container, which removes what a killed run leaves, is an image of its own that has to be pulled.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const [pagePort, apiPort, tokenPort] = await freePorts(3);
  const project: Project = {
    name: `consolemesh-test-${randomBytes(3).toString('hex')}`,
    pagePort: pagePort!,
    apiPort: apiPort!,
    tokenPort: tokenPort!,
  };
  say('building the images');
  await composeOf(project, ['build']);
  say(`starting ${project.name}; what its services say is kept in test/artifacts/compose.log`);
  await composeOf(project, ['create']);
  const logs = followLogs(project);
  try {
    const environment = await new DockerComposeEnvironment(root, composeFiles)
      .withEnvironment(composeEnvironment(project))
      .withClientOptions({ composeOptions: ['--project-directory', '.'] })
      .withAutoCleanup(false)
      .withNoRecreate()
      .withProjectName(project.name)
      .withDefaultWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(5 * minute)
      .up();
    provide('project', project);
    return async () => {
      await environment.down({ removeVolumes: true, timeout: 30_000 });
      logs.kill();
      await expectNothingLeft(project);
    };
  } catch (error) {
    logs.kill();
    await composeOf(project, ['down', '--volumes', '--remove-orphans', '--timeout', '0']);
    throw error;
  }
}

async function expectNothingLeft(project: Project): Promise<void> {
  const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${project.name}`];
  const left = await Promise.all([
    docker('ps', '--all', ...filter),
    docker('volume', 'ls', ...filter),
    docker('network', 'ls', ...filter),
  ]);
  if (left.some((ids) => ids.trim() !== ''))
    throw new Error(`containers, volumes or networks of ${project.name} are left: ${left.join(' ')}`);
}

function followLogs(project: Project) {
  mkdirSync(artifacts, { recursive: true });
  const child = spawn(
    'docker',
    [...composeArguments(project), 'logs', '--follow', '--no-color', '--timestamps'],
    {
      cwd: root,
      env: { ...process.env, ...composeEnvironment(project) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const file = createWriteStream(`${artifacts}/compose.log`);
  child.stdout.pipe(file);
  child.stderr.resume();
  return child;
}

/** Ports of this machine that nobody has; all are held until the last is known. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function say(line: string): void {
  console.log(`[test] ${line}`);
}
