import { setTimeout as sleep } from 'node:timers/promises';
import { duplexPair } from '@consolemesh/bytes/testing';
import {
  type ConsoleCall,
  connectTcp,
  type Driver,
  type EndpointKind,
  type StartCall,
  type Started,
} from '@consolemesh/driver-sdk';
import { MeshError, type Reason } from '@consolemesh/errors';
import { dieAfter } from './die-after.ts';
import { encodePng } from './encode-png.ts';
import { type FakeMachines, machineOf } from './fake-machine.ts';
import { type FakeInfo, type FakeNode, type FakeSecrets, inspectOptions, options } from './options.ts';
import { openTcpFace, type TcpFace } from './tcp-face.ts';

type Call = ConsoleCall<FakeInfo, FakeSecrets>;

/** A driver whose machines are made up; `affinity` is the one it claims. */
export function createFakeDriver(
  affinity: 'none' | 'instance',
  machines: FakeMachines,
): Driver<FakeInfo, FakeSecrets> {
  const faces = new Map<string, TcpFace>();
  const failedStarts = new Map<string, number>();
  const machine = (node: FakeNode) => machineOf(machines, node.id, node.name);
  const faceKey = ({ consoleId, generation }: Call) => `${consoleId}/${generation}`;

  /** What every call to a machine goes through: it takes time, and wrong credentials are refused. */
  async function reach(node: FakeNode, signal: AbortSignal, failure?: string): Promise<void> {
    machine(node).calls.all += 1;
    if (machine(node).broken) throw new MeshError('BMC_UNREACHABLE', 'The fake machine is broken.');
    if (node.info.fake_slow_ms > 0) await sleep(node.info.fake_slow_ms, undefined, { signal });
    if (node.secrets.fake_password === 'wrong') throw new MeshError('BMC_AUTHENTICATION_FAILED');
    if (failure !== undefined)
      throw new MeshError(failure as Reason, `The fake machine was told to fail with ${failure}.`);
  }

  function failStart(console: Call): string | undefined {
    const { info } = console.node;
    const failed = (failedStarts.get(faceKey(console)) ?? 0) + 1;
    if (info.fake_fail_start_times > 0) failedStarts.set(faceKey(console), failed);
    const fails = info.fake_fail_start_times === 0 || failed <= info.fake_fail_start_times;
    return fails ? info.fake_fail_start : undefined;
  }

  async function make(console: StartCall<FakeInfo, FakeSecrets>, kind: EndpointKind): Promise<Started> {
    const { info } = console.node;
    const why = `fake_endpoint is ${info.fake_endpoint}.`;
    const maxSessions = info.fake_max_sessions;
    if (kind === 'container')
      return {
        kind,
        why,
        app: info.fake_app,
        appInfo: { node: console.node.name, ...parseObject(info.fake_app_info) },
      };
    if (kind === 'relay') {
      const { fake_hold: hold } = info;
      return { kind, why, maxSessions, maxViewers: maxSessions, hold, state: Buffer.from('{}') };
    }
    const password = console.kind === 'graphical' ? console.consolePassword : '';
    const face = await openTcpFace(machine(console.node), console.kind, {
      password,
      dieAfterBytes: info.fake_die_after_bytes,
    });
    faces.set(faceKey(console), face);
    const { host, port } = face;
    if (info.fake_dead_endpoint) await face[Symbol.asyncDispose]();
    const state = Buffer.from(JSON.stringify({ host, port }));
    return {
      kind,
      why,
      maxSessions,
      state,
      address: { host, port, password },
      profile: { forceShared: true },
    };
  }

  return {
    options,
    consoles: (['graphical', 'serial'] as const).map((kind) => ({
      kind,
      endpointKinds: kind === 'graphical' ? ['tcp', 'relay', 'container'] : ['tcp', 'relay'],
      affinity,
    })),
    inspect: inspectOptions,
    // What it was told to fail with may be a refusal, and ends when it is told otherwise.
    credentialsOf: ({ info, secrets }) => ({
      'driver_secrets.fake_password': [
        secrets.fake_password,
        info.fake_fail_validate,
        info.fake_fail_start,
        info.fake_fail_stop,
        info.fake_fail_check,
        info.fake_fail_line,
      ],
    }),

    async validate(node, _kinds, signal) {
      await reach(node, signal, node.info.fake_fail_validate);
      return [];
    },
    async prepare({ node }, signal) {
      await reach(node, signal);
      const before = machine(node).consoleServer;
      const changes = before === 'on' ? [] : ['The console server of the BMC is switched on.'];
      return { restoreState: Buffer.from(JSON.stringify({ consoleServer: before })), changes };
    },
    async start(console, signal) {
      const { node, acceptable } = console;
      machine(node).calls.start += 1;
      await reach(node, signal, failStart(console));
      machine(node).consoleServer = 'on';
      const wanted = node.info.fake_endpoint;
      const kind = wanted === 'any' ? acceptable[0]! : acceptable.find((kind) => kind === wanted);
      if (!kind)
        throw new MeshError(
          'ENDPOINT_KIND_UNACCEPTABLE',
          `fake_endpoint is ${wanted}; acceptable is ${acceptable.join(', ')}.`,
        );
      return make(console, kind);
    },
    async stop(console, signal) {
      const { node, restoreState } = console;
      machine(node).calls.stop += 1;
      await reach(node, signal, node.info.fake_fail_stop);
      await faces.get(faceKey(console))?.[Symbol.asyncDispose]();
      faces.delete(faceKey(console));
      if (node.info.fake_leave_changed)
        return { leftChanged: ['The console server of the BMC stays switched on.'] };
      if (restoreState.length > 0)
        machine(node).consoleServer = JSON.parse(restoreState.toString()).consoleServer;
      return {};
    },
    async check({ node, state }, signal) {
      machine(node).calls.check += 1;
      await reach(node, signal, node.info.fake_fail_check);
      const { host, port } = JSON.parse(state.toString() || '{}') as { host?: string; port?: number };
      if (host && port) (await connectTcp({ host, port }, { signal })).destroy();
    },
    async openStream({ node }, _client, signal) {
      await reach(node, signal);
      const [ours, theirs] = duplexPair();
      theirs.on('error', () => {});
      machine(node)
        .screen.serve(dieAfter(theirs, node.info.fake_die_after_bytes), { security: ['None'] })
        .catch(() => {});
      return { stream: ours };
    },
    async openLine({ node }, signal) {
      await reach(node, signal, node.info.fake_fail_line);
      const [ours, theirs] = duplexPair();
      theirs.on('error', () => {});
      const { line } = machine(node);
      line.join(dieAfter(theirs, node.info.fake_die_after_bytes));
      return { stream: ours, sendBreak: async () => line.sendBreak() };
    },
    async sendBreak({ node }, signal) {
      await reach(node, signal);
      machine(node).line.sendBreak();
    },
    readLog: ({ node }, from, signal) => machine(node).line.read(from, signal),
    power: {
      async get(node, signal) {
        await reach(node, signal);
        return machine(node).power;
      },
      async set(node, action, signal) {
        await reach(node, signal);
        machine(node).calls.power += 1;
        if (action !== 'nmi') machine(node).power = action === 'off' || action === 'soft-off' ? 'off' : 'on';
        return machine(node).power;
      },
    },
    async setBootDevice(node, device, signal) {
      await reach(node, signal);
      machine(node).bootDevice = device;
    },
    async captureScreen(node, signal) {
      await reach(node, signal);
      return { contentType: 'image/png', image: encodePng(machine(node).framebuffer) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...faces.values()].map((face) => face[Symbol.asyncDispose]()));
    },
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    throw new MeshError('FIELD_INVALID', 'driver_info.fake_app_info is no JSON object.');
  }
}
