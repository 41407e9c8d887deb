import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import type { TestProject } from 'vitest/node';
import { artifacts } from '../harness/chromium.ts';
import { freePorts } from '../harness/free-ports.ts';
import {
  composeEnvironment,
  composeFiles,
  composeOf,
  docker,
  everythingSaid,
  type Project,
  root,
} from './docker.ts';

const minute = 60_000;
/** Of a stack that stays for the next run, for who writes suites: CONSOLEMESH_TEST_PROJECT names it. */
const fixedPorts = [26_090, 26_091, 26_092, 27_110, 27_120];

/** Builds the images, brings docker-compose.yml up once for all suites, and takes it down at the end: nothing may be left then. */
export default async function startProject({ provide }: TestProject): Promise<() => Promise<void>> {
  // Its helper container, which removes what a killed run leaves, is an image of its own that has to be pulled.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const kept = process.env.CONSOLEMESH_TEST_PROJECT;
  const ports = kept ? fixedPorts : await freePorts(5);
  const name = kept || `consolemesh-test-${randomBytes(3).toString('hex')}`;
  const admin = mkdtempSync(join(tmpdir(), 'consolemesh-admin-'));
  const [pagePort, serialPort, linePort, apiPort, tokenPort] = ports as [
    number,
    number,
    number,
    number,
    number,
  ];
  const project: Project = { name, pagePort, serialPort, linePort, apiPort, tokenPort, admin };
  try {
    say('building the images');
    await composeOf(project, ['build']);
    say(`starting ${project.name}`);
    // What testcontainers cannot bring up it takes down at once, with all that was said why.
    await composeOf(project, ['up', '--detach']);
    const environment = await new DockerComposeEnvironment(root, composeFiles)
      .withEnvironment(composeEnvironment(project))
      .withClientOptions({ composeOptions: ['--project-directory', '.'] })
      .withAutoCleanup(false)
      .withNoRecreate()
      .withProjectName(project.name)
      .withDefaultWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(5 * minute)
      .up();
    await composeOf(project, ['cp', 'nodes:/run/secrets/admin/.', admin]);
    provide('project', project);
    return async () => {
      rmSync(admin, { recursive: true, force: true });
      await keepLogs(project);
      if (kept) return say(`${name} goes on; docker compose --project-name ${name} down --volumes ends it`);
      await environment.down({ removeVolumes: true, timeout: 30_000 });
      await expectNothingLeft(project);
    };
  } catch (error) {
    rmSync(admin, { recursive: true, force: true });
    await keepLogs(project).catch((reason: Error) => say(`no log could be kept: ${reason.message}`));
    if (!kept) await composeOf(project, ['down', '--volumes', '--remove-orphans', '--timeout', '0']);
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

/** Everything that the services said, in test/artifacts/compose.log. */
async function keepLogs(project: Project): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(`${artifacts}/compose.log`, await everythingSaid(project, '--timestamps'));
  say('what the services said is in test/artifacts/compose.log');
}

function say(line: string): void {
  console.log(`[test] ${line}`);
}
