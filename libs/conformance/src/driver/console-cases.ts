import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { ConsolePhase, type StartConsoleResponse } from '@consolemesh/contracts/driver';
import { Affinity, Capability } from '@consolemesh/contracts/plugin';
import { ConsoleKind, EndpointAudience, EndpointKind } from '@consolemesh/contracts/types';
import { applies, type Case, repetitions } from '../case.ts';
import { newConsoleId } from '../environment.ts';
import { expectFailure, expectFields, expectTableReason } from '../expect-failure.ts';
import { retry } from '../retry.ts';
import type { DriverEnv } from './environment.ts';
import { look } from './key-cases.ts';

/** StartConsole, StopConsole, GetConsole, ListConsoles. */
export const consoleCases: Case<DriverEnv>[] = [
  {
    title: 'DRV-START-1, DRV-GET-2 a started console is READY, with its endpoints and without a failure',
    async run(env) {
      for (const kind of env.kinds) {
        const started = await env.start({ kind });
        for (let i = 0; i < repetitions; i += 1) {
          const console = await look(env, started);
          assert.equal(console.phase, ConsolePhase.READY);
          assert.equal(console.failure, undefined);
          assert.equal(console.kind, kind);
          assert.deepEqual(console.key, started.context.key);
          assert.deepEqual(console.endpoints, started.answer.endpoints);
        }
      }
    },
  },
  {
    title:
      'DRV-CHOICE-1, DRV-CHOICE-2, DRV-CHOICE-4, DRV-CHOICE-5, DRV-ENDPOINT-3 each kind of endpoint that is advertised can be had, and comes with a reason',
    async run(env) {
      for (const kind of env.kinds) {
        for (const endpointKind of env.of(kind)?.endpointKinds ?? []) {
          const { answer } = await env.start({ kind, acceptable: [endpointKind] });
          assert.equal(answer.chosen, endpointKind);
          assert.notEqual(answer.why, '');
          expectShape(env, kind, answer);
        }
      }
    },
  },
  {
    title: 'DRV-ENDPOINT-1 a TCP endpoint has an address where somebody listens',
    async run(env) {
      for (const kind of env.kinds) {
        if (!env.of(kind)?.endpointKinds.includes(EndpointKind.TCP)) continue;
        const { answer } = await env.start({ kind, acceptable: [EndpointKind.TCP] });
        const transport = answer.endpoints[0]?.transport;
        assert(transport?.$case === 'tcp');
        const { host, port } = transport.value;
        assert(host !== '' && port >= 1 && port <= 65_535);
        await new Promise<void>((resolve, reject) => {
          const socket = connectTcp({ host, port }, () => resolve(void socket.destroy()));
          socket.once('error', reject);
        });
      }
    },
  },
  {
    title: 'DRV-ENDPOINT-2 a relay endpoint names the instance that answered',
    async run(env) {
      const kind = env.kinds[0]!;
      env.needs(kind, EndpointKind.RELAY);
      const { answer } = await env.start({ kind, acceptable: [EndpointKind.RELAY] });
      const transport = answer.endpoints[0]?.transport;
      assert(transport?.$case === 'relay');
      assert.equal(transport.value.target, (await env.plugin(env.target).getPluginInfo({})).target);
    },
  },
  {
    title: 'DRV-SECRET-2 a password in an endpoint is the one that was passed down',
    async run(env) {
      for (const kind of env.kinds) {
        const { request, answer } = await env.start({ kind });
        const known = ['', request.consolePassword, ...Object.values(env.subject.node.driverSecrets)];
        for (const { transport } of answer.endpoints) {
          if (transport?.$case === 'tcp')
            assert(known.includes(transport.value.password), 'the driver invented a password');
        }
      }
    },
  },
  {
    title: 'DRV-CHOICE-3 when nothing is acceptable the answer is ENDPOINT_KIND_UNACCEPTABLE and repeats why',
    async run(env) {
      const kind = env.kinds[0]!;
      const all = [EndpointKind.TCP, EndpointKind.RELAY, EndpointKind.CONTAINER];
      const missing = all.filter((endpoint) => !env.of(kind)?.endpointKinds.includes(endpoint));
      applies(missing.length > 0, 'the driver offers every kind of endpoint');
      const why = 'the cables are still in their box';
      const request = {
        ...env.request({ kind, acceptable: missing }),
        excluded: [{ kind: EndpointKind.TCP, why }],
      };
      const error = await expectFailure(env.driver.startConsole(request), 'ENDPOINT_KIND_UNACCEPTABLE');
      assert(error.message.includes(why));
    },
  },
  {
    title:
      'DRV-START-3, DRV-START-4 a start without acceptable kinds or without a key for tickets is refused',
    async run(env) {
      const request = { ...env.request(), acceptable: [], attachKey: Buffer.alloc(5) };
      expectFields(
        await expectFailure(env.driver.startConsole(request), 'INVALID_ARGUMENT'),
        'acceptable',
        'attach_key',
      );
    },
  },
  {
    title: 'DRV-START-5 after a start that failed nothing is held',
    async run(env) {
      applies(env.subject.unreachable, 'the subject names no machine that cannot be reached');
      const request = env.request({ node: env.subject.unreachable });
      await assert.rejects(env.driver.startConsole(request));
      const { consoles } = await env.driver.listConsoles({ pageSize: 1000 });
      assert(!consoles.some(({ key }) => key?.consoleId === request.context!.key!.consoleId));
      const console = await look(env, { context: request.context! });
      assert.equal(console.phase, ConsolePhase.STOPPED);
      expectTableReason(console.failure);
    },
  },
  {
    title: 'DRV-START-6 a console that was stopped can be started again in the same generation',
    async run(env) {
      const started = await env.start();
      await env.driver.stopConsole({ context: started.context });
      await env.driver.startConsole(started.request);
      assert.equal((await look(env, started)).phase, ConsolePhase.READY);
    },
  },
  {
    title: 'DRV-STATE-1 what a driver wants back fits into 16 KiB',
    async run(env) {
      for (const kind of env.kinds)
        assert((await env.start({ kind })).answer.driverState.length <= 16 * 1024);
    },
  },
  {
    title: 'DRV-STATE-2 a state longer than 16 KiB is refused',
    async run(env) {
      const context = { ...env.request().context!, driverState: Buffer.alloc(16 * 1024 + 1) };
      expectFields(
        await expectFailure(env.driver.stopConsole({ context }), 'FIELD_INVALID'),
        'context.driver_state',
      );
    },
  },
  {
    title: 'DRV-STATE-3 with AFFINITY_NONE another instance answers for a console, given its state',
    async run(env) {
      const kind = env.kinds[0]!;
      applies(env.affinity(kind) === Affinity.NONE, 'the affinity is INSTANCE');
      env.needs(kind, EndpointKind.TCP);
      const other = env.another();
      const { context, answer } = await env.start({ kind, acceptable: [EndpointKind.TCP] });
      const { console } = await other.driver.getConsole({ context });
      assert.equal(console?.phase, ConsolePhase.READY);
      assert.deepEqual(console?.endpoints, answer.endpoints);
    },
  },
  {
    title:
      'DRV-AFFINITY-1 an instance that does not hold a console of AFFINITY_INSTANCE says STOPPED and NOT_HELD',
    async run(env) {
      const kind = env.kinds[0]!;
      applies(env.affinity(kind) === Affinity.INSTANCE, 'the affinity is NONE');
      const other = env.another();
      const { context } = await env.start({ kind });
      const { console } = await other.driver.getConsole({ context });
      assert.equal(console?.phase, ConsolePhase.STOPPED);
      assert.equal(console?.failure?.reason, 'NOT_HELD');
    },
  },
  {
    title: 'DRV-AFFINITY-2 another instance starts the console anew, given a higher fence and the old state',
    async run(env) {
      const other = env.another();
      const { request, context } = await env.start();
      const answer = await other.driver.startConsole({ ...request, context: { ...context, fence: 2n } });
      env.cleanUp(() =>
        other.driver.stopConsole({ context: { ...context, fence: 1000n, driverState: answer.driverState } }),
      );
      const { console } = await other.driver.getConsole({
        context: { ...context, driverState: answer.driverState },
      });
      assert.equal(console?.phase, ConsolePhase.READY);
    },
  },
  {
    title: 'DRV-STOP-1, DRV-GET-1 a stopped console is STOPPED, however often it is stopped',
    async run(env) {
      for (const kind of env.kinds) {
        const started = await env.start({ kind });
        for (let i = 0; i < repetitions; i += 1) {
          await env.driver.stopConsole({ context: started.context });
          assert.equal(
            (await look(env, { context: { ...started.context, driverState: Buffer.alloc(0) } })).phase,
            ConsolePhase.STOPPED,
          );
        }
      }
    },
  },
  {
    title: 'DRV-STOP-2, DRV-GET-1 stopping and looking at something unknown is no error',
    async run(env) {
      const { context } = env.request();
      for (let i = 0; i < repetitions; i += 1) await env.driver.stopConsole({ context });
      assert.equal((await look(env, { context: context! })).phase, ConsolePhase.STOPPED);
    },
  },
  {
    title: 'DRV-STOP-3 stopping restores what starting changed, and names what it could not restore',
    async run(env) {
      applies(env.can(Capability.CHANGES_BMC), 'the driver changes nothing');
      const nodeId = newConsoleId();
      const before = await env.driver.prepareConsole({ context: env.request({ nodeId }).context });
      const { context } = await env.start({ nodeId });
      const { leftChanged } = await env.driver.stopConsole({ context });
      for (const sentence of leftChanged) assert.match(sentence, /\w+ \w+/);
      assert.deepEqual(await env.driver.prepareConsole({ context: env.request({ nodeId }).context }), before);
    },
  },
  {
    title: 'DRV-STOP-4 another instance stops and restores, given the states',
    async run(env) {
      const other = env.another();
      const nodeId = newConsoleId();
      const before = await env.driver.prepareConsole({ context: env.request({ nodeId }).context });
      const { context } = await env.start({ nodeId });
      for (let i = 0; i < repetitions; i += 1) await other.driver.stopConsole({ context });
      const { console } = await other.driver.getConsole({ context });
      assert.equal(console?.phase, ConsolePhase.STOPPED);
      assert.deepEqual(
        await other.driver.prepareConsole({ context: env.request({ nodeId }).context }),
        before,
      );
    },
  },
  {
    title: 'DRV-STOP-5 wrong options and a state of somebody else do not keep a console from being stopped',
    async run(env) {
      const { context } = await env.start();
      const node = { ...context.node!, driverInfo: { no_such_option: 'x' } };
      await env.driver.stopConsole({ context: { ...context, node, driverState: Buffer.from('not yours') } });
      assert.equal(
        (await look(env, { context: { ...context, driverState: Buffer.alloc(0) } })).phase,
        ConsolePhase.STOPPED,
      );
    },
  },
  {
    title: 'DRV-GET-3 an older generation is STOPPED',
    async run(env) {
      const { context } = await env.start({ generation: 5n });
      const older = { ...context, key: { ...context.key!, generation: 4n } };
      assert.equal((await look(env, { context: older })).phase, ConsolePhase.STOPPED);
    },
  },
  {
    title: 'DRV-GET-4 a console whose machine has failed is DEGRADED, with a reason; mended, it is READY',
    async run(env) {
      const { breakMachine, mendMachine } = env.subject;
      applies(breakMachine && mendMachine, 'the subject cannot break its machine');
      const started = await env.start();
      const { nodeId } = started.context.node!;
      await breakMachine(nodeId);
      const broken = await look(env, started);
      assert.equal(broken.phase, ConsolePhase.DEGRADED);
      expectTableReason(broken.failure);
      await mendMachine(nodeId);
      // A driver may leave a machine alone for a while after failures.
      await retry(async () => assert.equal((await look(env, started)).phase, ConsolePhase.READY));
    },
  },
  {
    title:
      'DRV-LIST-1, DRV-LIST-2 a list holds every console once, in the order of its id, over any page size',
    async run(env) {
      const mine: string[] = [];
      for (let i = 0; i < 4; i += 1) mine.push((await env.start()).consoleId);
      for (const pageSize of [1, 3, 0]) {
        const seen: string[] = [];
        let pageToken = '';
        do {
          const page = await env.driver.listConsoles({ pageSize, pageToken });
          if (pageSize > 0) assert(page.consoles.length <= pageSize);
          seen.push(...page.consoles.map(({ key }) => key!.consoleId));
          pageToken = page.nextPageToken;
        } while (pageToken !== '');
        assert.deepEqual(seen, [...new Set(seen)].sort());
        assert.deepEqual(
          seen.filter((id) => mine.includes(id)),
          mine.sort(),
        );
      }
    },
  },
  {
    title: 'DRV-LIST-3 a page token that is none is refused',
    async run(env) {
      const call = env.driver.listConsoles({ pageToken: 'not a token' });
      expectFields(await expectFailure(call, 'FIELD_INVALID'), 'page_token');
    },
  },
];

/** Endpoints where there are endpoints, a container where one is wanted. */
function expectShape(env: DriverEnv, kind: ConsoleKind, answer: StartConsoleResponse): void {
  if (answer.chosen === EndpointKind.CONTAINER) {
    assert.deepEqual(answer.endpoints, []);
    assert.match(answer.container?.app ?? '', /^[a-z0-9][a-z0-9-]{0,62}$/);
    assert.equal(typeof JSON.parse(answer.container?.appInfo || '{}'), 'object');
    return;
  }
  assert(answer.endpoints.length > 0, `${env.target} answered no endpoint`);
  assert.equal(answer.container, undefined);
  for (const endpoint of answer.endpoints) {
    const { $case } = endpoint.transport ?? {};
    // Nova's proxies know plain TCP only, whatever was chosen for the mesh.
    const nova = endpoint.audience === EndpointAudience.NOVA;
    assert.equal($case, nova || answer.chosen === EndpointKind.TCP ? 'tcp' : 'relay');
    assert.equal(
      endpoint.rfb !== undefined,
      kind === ConsoleKind.GRAPHICAL,
      'DRV-ENDPOINT-3: a profile on graphical consoles only',
    );
  }
}
