import { fileURLToPath } from 'node:url';
import { describeProvider, type ProviderSubject, sharedLineTitles } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { serveProvider } from '@consolemesh/provider-sdk';
import { processRuntime } from '../../libs/provider-sdk/examples/process-provider.ts';

const viewer = fileURLToPath(new URL('../../libs/provider-sdk/examples/viewer.mjs', import.meta.url));
const tsx = import.meta.resolve('tsx');

async function subject(): Promise<ProviderSubject & AsyncDisposable> {
  const runtimeOfInstance = () => processRuntime([process.execPath, '--import', tsx, viewer]);
  const serve = () =>
    serveProvider({
      name: 'process',
      version: '1.0.0',
      listen: { host: '127.0.0.1', port: 0 },
      trust: plaintext,
      logger: silentLogger,
      runtime: runtimeOfInstance(),
      checkIntervalMs: 1_000,
    });
  const [first, second] = [await serve(), await serve()];
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    app: { app: 'example', appInfo: '{}' },
    failing: { app: 'example', appInfo: '{"fail":true}' },
    mayStopAll: true,
    async kill(runtimeName) {
      process.kill(Number(runtimeName.replace('process-', '')), 'SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      for (const instance of [first, second]) await instance[Symbol.asyncDispose]();
    },
  };
}

describeProvider('the example of the provider SDK', subject, {
  'the affinity is INSTANCE': ['PROV-SHARE-1', 'PROV-SHARE-2'],
  'no serial console with RELAY': [
    'ATTACH-3',
    'ATTACH-10 what a viewer types on a serial line',
    ...sharedLineTitles,
  ],
  'the subject names no console whose streams break': ['ATTACH-14'],
});
