import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MeshError } from '@consolemesh/errors';
import { mtlsFromFiles, plaintext, type Trust } from '@consolemesh/mesh';
import { type Case, Skipped } from './case.ts';
import { driverCases } from './driver/driver-cases.ts';
import { createDriverEnv } from './driver/environment.ts';
import { createProviderEnv } from './provider/environment.ts';
import { providerCases } from './provider/provider-cases.ts';
import { runCase } from './run-case.ts';

const usage = `Tries a running driver or provider out against its SPEC.md.

  consolemesh-conformance driver TARGET --node-info vnc_address=10.0.0.5 --node-secrets-file secrets.json
  consolemesh-conformance provider TARGET --app dell-idrac9 --app-info-file app.json

TARGET is a gRPC target, such as dns:///127.0.0.1:7150. Consoles are opened on the node that is named, and with power
capabilities the machine is switched off and on: use one that nobody needs.

  --second TARGET           another instance of the same plugin
  --node-info KEY=VALUE     an option of the node (repeat it)
  --node-secrets-file FILE  a JSON object with the node's secrets
  --app NAME                the application of the containers (default: fake)
  --app-info-file FILE      a JSON object for the application
  --stop-all                StopAllContainers may be tried: nobody else uses the provider
  --only TEXT               only cases whose title contains TEXT, such as DRV-KEY
  --ca, --certificate, --key FILE, --trust-domain NAME   mTLS; without them plaintext to loopback
`;

/** Runs the command line and answers its exit code: 0 when nothing failed, 1 when something did, 2 when it was called wrongly. */
export async function runCli(args: readonly string[], write: (line: string) => void): Promise<number> {
  let run: () => Promise<number>;
  try {
    run = prepare(args, write);
  } catch (error) {
    write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  return run();
}

function prepare(args: readonly string[], write: (line: string) => void): () => Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      second: { type: 'string' },
      'node-info': { type: 'string', multiple: true },
      'node-secrets-file': { type: 'string' },
      app: { type: 'string', default: 'fake' },
      'app-info-file': { type: 'string' },
      'stop-all': { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      ca: { type: 'string' },
      certificate: { type: 'string' },
      key: { type: 'string' },
      'trust-domain': { type: 'string', default: 'consolemesh.local' },
    },
  });
  const [what, target] = positionals;
  if ((what !== 'driver' && what !== 'provider') || !target)
    throw new Error('say "driver TARGET" or "provider TARGET"');
  const common = { targets: values.second ? [target, values.second] : [target], trust: trustOf(values) };
  if (what === 'driver') {
    const driverInfo = Object.fromEntries((values['node-info'] ?? []).map(keyAndValue));
    const driverSecrets = JSON.parse(readText(values['node-secrets-file']) || '{}') as Record<string, string>;
    const subject = { ...common, node: { driverInfo, driverSecrets } };
    return () => runAll(driverCases, () => createDriverEnv(subject), values.only, write);
  }
  const app = { app: values.app, appInfo: readText(values['app-info-file']) || '{}' };
  const subject = { ...common, app, mayStopAll: values['stop-all'] };
  return () => runAll(providerCases, () => createProviderEnv(subject), values.only, write);
}

async function runAll<Env extends AsyncDisposable>(
  cases: readonly Case<Env>[],
  makeEnv: () => Promise<Env>,
  only: string,
  write: (line: string) => void,
): Promise<number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const one of cases.filter(({ title }) => title.includes(only))) {
    try {
      await runCase(one, makeEnv);
      counts.passed += 1;
      write(`ok    ${one.title}\n`);
    } catch (error) {
      const skipped = error instanceof Skipped;
      counts[skipped ? 'skipped' : 'failed'] += 1;
      write(`${skipped ? 'skip ' : 'FAIL '} ${one.title}\n      ${explain(error)}\n`);
    }
  }
  write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} do not apply\n`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function explain(error: unknown): string {
  if (error instanceof MeshError) return `${error.reason}: ${error.message}`;
  return (error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n      ');
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--node-info ${text}: expected KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function readText(path: string | undefined): string {
  return path === undefined ? '' : readFileSync(path, 'utf8');
}

function trustOf(files: {
  ca?: string | undefined;
  certificate?: string | undefined;
  key?: string | undefined;
  'trust-domain': string;
}): Trust {
  const { ca, certificate, key } = files;
  if (!ca && !certificate && !key) return plaintext;
  if (!ca || !certificate || !key) throw new Error('--ca, --certificate and --key go together');
  return mtlsFromFiles({
    trustDomain: files['trust-domain'],
    caFile: ca,
    certificateFile: certificate,
    keyFile: key,
  });
}
