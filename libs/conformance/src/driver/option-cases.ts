import assert from 'node:assert/strict';
import { Capability } from '@consolemesh/contracts/plugin';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { isReason } from '@consolemesh/errors';
import { applies, type Case, repetitions } from '../case.ts';
import { expectFailure, expectFields } from '../expect-failure.ts';
import type { DriverEnv, NodeOptions } from './environment.ts';

const secret = 'S3cret-that-nobody-may-see';

/** A node with an option that no driver has, and a secret that none has. */
function mistaken(node: NodeOptions): NodeOptions {
  return {
    driverInfo: { ...node.driverInfo, no_such_option: 'x' },
    driverSecrets: { ...node.driverSecrets, no_such_secret: secret },
  };
}

const locates = 'x-consolemesh-locates';

type OptionMap = { properties?: Record<string, { [locates]?: unknown }> };
type OptionsSchema = { properties: { driver_info: OptionMap; driver_secrets: OptionMap } };

/** ValidateNode, PrepareConsole, and what both say about options. */
export const optionCases: Case<DriverEnv>[] = [
  {
    title: 'DRV-INFO-5 options that locate the machine are marked with true, and are no secrets',
    async run(env) {
      const { optionsSchema } = await env.plugin(env.target).getPluginInfo({});
      const { driver_info, driver_secrets } = (JSON.parse(optionsSchema) as OptionsSchema).properties;
      for (const [name, option] of Object.entries(driver_info.properties ?? {}))
        assert.ok(
          [undefined, true].includes(option[locates] as true | undefined),
          `${name} is marked with something else`,
        );
      for (const [name, option] of Object.entries(driver_secrets.properties ?? {}))
        assert.equal(option[locates], undefined, `${name} is a secret`);
    },
  },
  {
    title: 'DRV-VALIDATE-1 every mistake is reported at once, each with its field, a reason and a sentence',
    async run(env) {
      const { violations } = await env.driver.validateNode({ node: nodeOf(mistaken(env.subject.node)) });
      const fields = violations.map((violation) => violation.field);
      assert(fields.includes('driver_info.no_such_option'), `got ${fields.join(', ')}`);
      assert(fields.includes('driver_secrets.no_such_secret'), `got ${fields.join(', ')}`);
      for (const violation of violations) {
        assert(isReason(violation.reason), `${violation.reason} is no reason of the error table`);
        assert.notEqual(violation.message, '');
      }
    },
  },
  {
    title: 'DRV-VALIDATE-2 an option that is not known has the reason FIELD_UNKNOWN',
    async run(env) {
      const { violations } = await env.driver.validateNode({ node: nodeOf(mistaken(env.subject.node)) });
      const unknown = violations.filter((violation) => violation.field.includes('no_such_'));
      assert.deepEqual(
        unknown.map((violation) => violation.reason),
        ['FIELD_UNKNOWN', 'FIELD_UNKNOWN'],
      );
    },
  },
  {
    title: 'DRV-VALIDATE-3 a good node has no violations, with and without a look at the machine',
    async run(env) {
      for (const checkReachability of [false, true]) {
        for (let i = 0; i < repetitions; i += 1) {
          const { violations } = await env.driver.validateNode({
            node: nodeOf(env.subject.node),
            checkReachability,
          });
          assert.deepEqual(violations, []);
        }
      }
    },
  },
  {
    title:
      'DRV-VALIDATE-4 a machine that cannot be reached is a violation with a BMC_ reason, not a failed call',
    async run(env) {
      applies(env.subject.unreachable, 'the subject names no machine that cannot be reached');
      const node = nodeOf(env.subject.unreachable);
      assert.deepEqual((await env.driver.validateNode({ node })).violations, [], 'its syntax is good');
      const { violations } = await env.driver.validateNode({ node, checkReachability: true });
      assert.equal(violations.length, 1);
      assert.match(violations[0]!.reason, /^BMC_/);
    },
  },
  {
    title:
      'DRV-VALIDATE-5 a kind of console that the driver does not make is refused with CAPABILITY_MISSING',
    async run(env) {
      const missing = [ConsoleKind.GRAPHICAL, ConsoleKind.SERIAL].find((kind) => !env.kinds.includes(kind));
      applies(missing, 'the driver makes both kinds');
      await expectFailure(
        env.driver.validateNode({ node: nodeOf(env.subject.node), kinds: [missing] }),
        'CAPABILITY_MISSING',
      );
      await expectFailure(
        env.driver.startConsole(env.request({ kind: missing, acceptable: [1] })),
        'CAPABILITY_MISSING',
      );
    },
  },
  {
    title: 'DRV-SECRET-1 the value of a secret stands in no answer and in no error',
    async run(env) {
      const { violations } = await env.driver.validateNode({ node: nodeOf(mistaken(env.subject.node)) });
      assert(!JSON.stringify(violations).includes(secret));
      const error = await expectFailure(
        env.driver.startConsole(env.request({ node: mistaken(env.subject.node) })),
        'INVALID_ARGUMENT',
      );
      assert(!JSON.stringify([error.message, error.violations, error.metadata]).includes(secret));
    },
  },
  {
    title: 'DRV-START-2, DRV-PREPARE-3 wrong options are refused, and every mistake is named',
    async run(env) {
      const request = env.request({ node: mistaken(env.subject.node) });
      const fields = ['driver_info.no_such_option', 'driver_secrets.no_such_secret'];
      expectFields(await expectFailure(env.driver.startConsole(request), 'INVALID_ARGUMENT'), ...fields);
      expectFields(
        await expectFailure(env.driver.prepareConsole({ context: request.context }), 'INVALID_ARGUMENT'),
        ...fields,
      );
    },
  },
  {
    title: 'DRV-PREPARE-1 preparing changes nothing: repeated, it gives the same answer',
    async run(env) {
      const { context } = env.request();
      const first = await env.driver.prepareConsole({ context });
      assert(first.restoreState.length <= 16 * 1024);
      for (let i = 0; i < repetitions; i += 1)
        assert.deepEqual(await env.driver.prepareConsole({ context }), first);
    },
  },
  {
    title: 'DRV-PREPARE-2 a driver without CAPABILITY_CHANGES_BMC has nothing to restore',
    async run(env) {
      applies(!env.can(Capability.CHANGES_BMC), 'the driver changes the BMC');
      const { restoreState, changes } = await env.driver.prepareConsole({ context: env.request().context });
      assert.equal(restoreState.length, 0);
      assert.deepEqual(changes, []);
    },
  },
];

/** A node for calls that carry no console. */
export function nodeOf(options: NodeOptions, nodeId = 'conformance') {
  return {
    nodeId,
    nodeName: 'conformance',
    driverInfo: { ...options.driverInfo },
    driverSecrets: { ...options.driverSecrets },
  };
}
