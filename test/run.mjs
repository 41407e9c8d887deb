// `npm test`: installs what the tests need, runs every tier and closes with the line `N passed, N failed`.
//   npm test                     everything
//   npm test -- libs/rfb         only suites whose path contains these words
//   npm run soak -- 60            faults at random for an hour, on containers (test/system/faults), and what carries serial consoles
//                                 killed twenty times (test/real/serial-killed)
//   npm run bench -- novncproxy  one benchmark (test/bench/<name>/main.ts); without a name, the list
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../services/cli/bin/ensure-installed.mjs';
import { provideEngine } from './engine.mjs';
import { installSystemPackages } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** Suites that need a container engine. */
const onContainers = 'test/system/**';

const words = process.argv.slice(2);
await ensureInstalled();
const modes = { bench, soak };
process.exitCode = await (modes[words[0]] ?? test)(words[0] in modes ? words.slice(1) : words);

async function test(filters) {
  const missing = await installSystemPackages();
  mkdirSync('test/artifacts', { recursive: true });
  say(
    `running ${filters.length === 0 ? 'every suite' : `suites that match ${filters.join(' ')}`} (minutes; each suite is named when it ends)`,
  );
  const without = missing.map((group) => group.name).join(',');
  const reports = [];
  if (matches(ordinarySuites(), filters)) reports.push(await runSuites('test', filters, missing, without));
  const engineIsMissing = missing.some((group) => group.suites.includes(onContainers));
  if (!engineIsMissing && matches(suitesIn('test/system'), filters)) {
    const engine = await provideEngine();
    if (engine.why === undefined) {
      say('running the suites on docker-compose.yml; building its images comes first (minutes)');
      try {
        reports.push(await runSuites('test/system', filters, missing, without));
      } finally {
        await engine.stop();
      }
    } else missing.push({ suites: [onContainers], why: engine.why });
  }
  for (const { suites, why } of missing) if (suites.length > 0) say(`left out: ${suites.join(', ')}; ${why}`);
  return conclude(reports);
}

/** Runs vitest with the configuration of a folder; answers its exit code and its report, undefined when it ended without one. */
async function runSuites(folder, filters, missing, without) {
  const scratch = mkdtempSync(join(tmpdir(), 'consolemesh-test-'));
  const file = join(scratch, 'report.json');
  const leftOut = missing.flatMap((group) => group.suites);
  const args = [
    'run',
    '--config',
    `${folder}/vitest.config.ts`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...leftOut.flatMap((glob) => ['--exclude', glob]),
    ...filters,
  ];
  try {
    const env = { ...process.env, CONSOLEMESH_TEST_WITHOUT: without };
    const code = await run('node', ['node_modules/vitest/vitest.mjs', ...args], env);
    return { code, report: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Prints what all parts came to; answers the exit code. */
function conclude(reports) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const suites = [];
  for (const { code, report } of reports) {
    if (report === undefined) say('the test runner ended without a report');
    const counted = report === undefined ? { passed: 0, failed: 1, skipped: 0, suites: [] } : count(report);
    // Something broke outside of every test, such as what is done before the first or after the last.
    if (code !== 0 && counted.failed === 0) counted.failed = 1;
    for (const key of Object.keys(sum)) sum[key] += counted[key];
    suites.push(...counted.suites);
  }
  suites.sort((a, b) => b.seconds - a.seconds);
  console.log('\nTen slowest suites:');
  for (const { name, seconds } of suites.slice(0, 10))
    console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
  const { passed, failed, skipped } = sum;
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function count(report) {
  const suites = report.testResults.map((suite) => ({
    name: relative(root, suite.name),
    seconds: Math.max(0, suite.endTime - suite.startTime) / 1000,
    broken: suite.status === 'failed' && suite.assertionResults.length === 0,
  }));
  return {
    suites,
    passed: report.numPassedTests,
    // A suite that could not be loaded has no test of its own to fail: it counts as one.
    failed: report.numFailedTests + suites.filter((suite) => suite.broken).length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

function ordinarySuites() {
  const inTest = readdirSync('test').filter((name) => name !== 'system' && name !== 'bench');
  return ['libs', 'services', ...inTest.map((name) => `test/${name}`)].flatMap(suitesIn);
}

function suitesIn(folder) {
  if (!statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => `${folder}/${file}`);
}

/** Whether any of these suites is asked for. */
function matches(suites, filters) {
  return filters.length === 0 || suites.some((suite) => filters.some((word) => suite.includes(word)));
}

/** The faults of test/system again and again, how many minutes, sixty unless told; before them those of serial consoles. */
async function soak([minutes = '60']) {
  process.env.CONSOLEMESH_SOAK_MINUTES = minutes;
  return test(['test/system/faults', 'test/real/serial-killed']);
}

async function bench(names) {
  // From version 24 on Node.js runs TypeScript by itself.
  const typescript = process.features.typescript ? [] : ['--import', 'tsx'];
  const known = existsSync('test/bench')
    ? readdirSync('test/bench', { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
    : [];
  const [name, ...rest] = names;
  if (name === undefined || !known.includes(name)) {
    say(`name a benchmark: ${known.join(', ') || 'there is none'}`);
    return 2;
  }
  await installSystemPackages();
  return run(process.execPath, [...typescript, `test/bench/${name}/main.ts`, ...rest], process.env);
}

function run(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    child.on('error', (error) => {
      say(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function say(line) {
  console.log(`[test] ${line}`);
}
