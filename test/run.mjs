// `npm test`: installs what the tests need, runs every tier and closes with the line `N passed, N failed`.
//   npm test                     everything
//   npm test -- libs/rfb         only suites whose path contains these words
//   npm run bench -- novncproxy  one benchmark (test/bench/<name>/main.ts); without a name, the list
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../services/cli/bin/ensure-installed.mjs';
import { installSystemPackages } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const words = process.argv.slice(2);
await ensureInstalled();
process.exitCode = words[0] === 'bench' ? await bench(words.slice(1)) : await test(words);

async function test(filters) {
  const missing = await installSystemPackages();
  mkdirSync('test/artifacts', { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'consolemesh-test-'));
  const report = join(scratch, 'report.json');
  const leftOut = missing.flatMap((group) => group.suites);
  const args = [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...leftOut.flatMap((glob) => ['--exclude', glob]),
    ...filters,
  ];
  say(
    `running ${filters.length === 0 ? 'every suite' : `suites that match ${filters.join(' ')}`} (minutes; each suite is named when it ends)`,
  );
  const env = { ...process.env, CONSOLEMESH_TEST_WITHOUT: missing.map((group) => group.name).join(',') };
  const code = await run('node', ['node_modules/vitest/vitest.mjs', ...args], env);
  const counted = existsSync(report) ? summarise(JSON.parse(readFileSync(report, 'utf8'))) : undefined;
  rmSync(scratch, { recursive: true, force: true });
  for (const group of missing) say(`left out: ${group.suites.join(', ')}; ${group.why}`);
  if (counted === undefined) {
    say('the test runner ended without a report');
    console.log('0 passed, 1 failed');
    return 1;
  }
  const { passed, failed, skipped } = counted;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return code === 0 && failed === 0 && passed > 0 ? 0 : 1;
}

function summarise(report) {
  const suites = report.testResults.map((suite) => ({
    name: relative(root, suite.name),
    seconds: Math.max(0, suite.endTime - suite.startTime) / 1000,
    broken: suite.status === 'failed' && suite.assertionResults.length === 0,
  }));
  suites.sort((a, b) => b.seconds - a.seconds);
  console.log('\nTen slowest suites:');
  for (const { name, seconds } of suites.slice(0, 10))
    console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
  console.log();
  // A suite that could not be loaded has no test of its own to fail: it counts as one.
  const broken = suites.filter((suite) => suite.broken).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
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
