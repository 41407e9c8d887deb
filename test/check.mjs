// `npm run check`: format, lint, types, the dependency rule, buf lint and breaking. No warnings.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const bin = (name) => `node_modules/.bin/${name}`;
const steps = [
  { name: 'format and lint', command: [bin('biome'), 'ci', '--error-on-warnings', '.'] },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  ...['libs/proxy', 'services/novncproxy', 'services/serialproxy'].map((folder) => ({
    name: `types of the page in ${folder}`,
    command: [bin('tsc'), '-p', `${folder}/src/page/tsconfig.json`],
  })),
  {
    name: 'dependency rule',
    command: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'libs', 'services', 'test'],
  },
  { name: 'declared workspaces', command: ['node', 'test/workspaces.mjs'] },
  { name: 'buf lint', command: [bin('buf'), 'lint', 'proto'] },
  ...breaking(),
];

let failed = 0;
// Two at a time: the machines that this runs on have two cores.
const queue = [...steps];
await Promise.all([worker(), worker()]);
console.log(
  failed === 0 ? `check: ${steps.length} steps passed` : `check: ${failed} of ${steps.length} steps failed`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function worker() {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const { code, output, seconds } = await run(step.command);
    console.log(`check: ${step.name} ${code === 0 ? 'passed' : 'FAILED'} (${seconds.toFixed(1)} s)`);
    if (code !== 0) {
      failed += 1;
      console.log(output.trimEnd());
    }
  }
}

/** The contracts must stay compatible with the last release; before the first release there is nothing to compare with. */
function breaking() {
  const tags = spawnSync('git', ['tag', '--list', 'v*', '--sort=-version:refname'], { encoding: 'utf8' });
  const tag = tags.stdout?.split('\n')[0];
  if (!tag) {
    console.log('check: buf breaking has nothing to compare with before the first release tag (v*)');
    return [];
  }
  return [
    {
      name: `buf breaking against ${tag}`,
      command: [bin('buf'), 'breaking', 'proto', '--against', `.git#tag=${tag},subdir=proto`],
    },
  ];
}

function run([command, ...args]) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const done = (code) => resolve({ code, output, seconds: (performance.now() - started) / 1000 });
    child.on('error', (error) => {
      output += `${command}: ${error.message}`;
      done(1);
    });
    child.on('close', done);
  });
}
