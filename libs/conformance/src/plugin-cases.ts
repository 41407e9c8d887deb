import assert from 'node:assert/strict';
import { HealthDefinition } from '@consolemesh/contracts/health';
import { Affinity, PluginType, ProbeState } from '@consolemesh/contracts/plugin';
import { applies, type Case, repetitions } from './case.ts';
import type { Environment } from './environment.ts';

/** What these cases need to know of the plugin. */
type PluginEnv = Environment & {
  readonly subject: { readonly targets: readonly string[] };
  readonly target: string;
};

/** plugin.v1, the same for drivers and providers; `prefix` is DRV or PROV. */
export function pluginCases(prefix: 'DRV' | 'PROV'): Case<PluginEnv>[] {
  const type = prefix === 'DRV' ? PluginType.DRIVER : PluginType.PROVIDER;
  return [
    {
      title: `${prefix}-INFO-1 GetPluginInfo names the plugin, its version, its instance and its type, every time the same`,
      async run(env) {
        const answers = [];
        for (let i = 0; i < repetitions; i += 1) answers.push(await env.plugin(env.target).getPluginInfo({}));
        const [first] = answers;
        assert(first);
        assert.match(first.name, /^[a-z0-9][a-z0-9-]{0,62}$/);
        assert.match(first.version, /^\d+\.\d+\.\d+/);
        assert.notEqual(first.instanceId, '');
        assert.equal(first.type, type);
        for (const answer of answers) assert.deepEqual(answer, first);
      },
    },
    {
      title: `${prefix}-INFO-2 the options schema is a JSON Schema`,
      async run(env) {
        const { optionsSchema } = await env.plugin(env.target).getPluginInfo({});
        const schema = JSON.parse(optionsSchema) as { properties?: Record<string, unknown> };
        const wanted = prefix === 'DRV' ? ['driver_info', 'driver_secrets'] : ['options'];
        for (const name of wanted)
          assert.equal(typeof schema.properties?.[name], 'object', `the schema has no ${name}`);
      },
    },
    {
      title: `${prefix}-INFO-3 the target reaches this very instance`,
      async run(env) {
        const info = await env.plugin(env.target).getPluginInfo({});
        const reached = await env.plugin(info.target).getPluginInfo({});
        assert.equal(reached.instanceId, info.instanceId);
      },
    },
    {
      title: `${prefix}-INFO-4 two instances have two ids and two targets, and one name`,
      async run(env) {
        const second = env.subject.targets[1];
        applies(second, 'a second instance is needed');
        const [a, b] = await Promise.all(
          [env.target, second].map((target) => env.plugin(target).getPluginInfo({})),
        );
        assert(a && b);
        assert.notEqual(a.instanceId, b.instanceId);
        assert.notEqual(a.target, b.target);
        assert.equal(a.name, b.name);
      },
    },
    {
      title: `${prefix}-CAP-1 each kind of console is named once, with its endpoints and an affinity`,
      async run(env) {
        const { consoles, capabilities } = await env.plugin(env.target).getPluginCapabilities({});
        assert(consoles.length > 0, 'a plugin makes at least one kind of console');
        assert.equal(new Set(consoles.map((console) => console.kind)).size, consoles.length);
        assert.equal(new Set(capabilities).size, capabilities.length);
        for (const console of consoles) {
          assert(console.endpointKinds.length > 0);
          assert.notEqual(console.affinity, Affinity.UNSPECIFIED);
        }
      },
    },
    {
      title: `${prefix}-PROBE-1 Probe says READY, or what is wrong in a sentence`,
      async run(env) {
        const { state, message } = await env.plugin(env.target).probe({});
        assert.notEqual(state, ProbeState.UNSPECIFIED);
        assert.equal(
          message === '',
          state === ProbeState.READY,
          'a message stands exactly where the state is not READY',
        );
      },
    },
    {
      title: `${prefix}-HEALTH-1 grpc.health.v1 says SERVING`,
      async run(env) {
        const { status } = await env.open(env.target).client(HealthDefinition).check({ service: '' });
        assert.equal(status, 1);
      },
    },
  ];
}
