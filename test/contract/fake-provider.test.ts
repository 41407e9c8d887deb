import { describeProvider, type ProviderSubject, sharedLineTitles } from '@consolemesh/conformance';
import { type FakeHost, startFakeProvider } from '@consolemesh/container-provider-fake';
import { plaintext, silentLogger } from '@consolemesh/mesh';

/** Two instances; with AFFINITY_NONE they share the host that runs the containers. */
async function subject(affinity: 'none' | 'instance'): Promise<ProviderSubject & AsyncDisposable> {
  const shared: FakeHost = new Map();
  const common = { trust: plaintext, logger: silentLogger, affinity, checkIntervalMs: 500 };
  const options = affinity === 'none' ? { ...common, host: shared } : common;
  const [first, second] = [await startFakeProvider(options), await startFakeProvider(options)];
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    app: { app: 'fake', appInfo: '{}' },
    failing: { app: 'fake', appInfo: '{"fake_ends_at_once":true}' },
    dying: { app: 'fake', appInfo: '{"fake_die_after_bytes":2000}' },
    mayStopAll: true,
    async kill(runtimeName) {
      await first.containers.get(runtimeName)?.running?.[Symbol.asyncDispose]();
      first.containers.delete(runtimeName);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
      await Promise.all([...shared.values()].map(({ running }) => running?.[Symbol.asyncDispose]()));
    },
  };
}

const graphicalOnly = {
  'no serial console with RELAY': [
    'ATTACH-3',
    'ATTACH-10 what a viewer types on a serial line',
    ...sharedLineTitles,
  ],
};

describeProvider('fake with AFFINITY_NONE', () => subject('none'), graphicalOnly);
describeProvider('fake with AFFINITY_INSTANCE', () => subject('instance'), {
  ...graphicalOnly,
  'the affinity is INSTANCE': ['PROV-SHARE-1', 'PROV-SHARE-2'],
});
