import { fileURLToPath } from 'node:url';
import { describeProvider, type ProviderSubject } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { serveProvider } from '@consolemesh/provider-sdk';
import { processRuntime } from '../../libs/provider-sdk/examples/process-provider.ts';

const viewer = fileURLToPath(new URL('../../libs/provider-sdk/examples/viewer.mjs', import.meta.url));
const tsx = import.meta.resolve('tsx');

async function subject(): Promise<ProviderSubject & AsyncDisposable> {
  const runtime = processRuntime([process.execPath, '--import', tsx, viewer]);
  const running = await serveProvider({
    name: 'process',
    version: '1.0.0',
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    runtime,
    checkIntervalMs: 1_000,
  });
  return {
    targets: [running.target],
    trust: plaintext,
    app: { app: 'example', appInfo: '{}' },
    failing: { app: 'example', appInfo: '{"fail":true}' },
    mayStopAll: true,
    async kill(runtimeName) {
      process.kill(Number(runtimeName.replace('process-', '')), 'SIGKILL');
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

describeProvider('the example of the provider SDK', subject);
