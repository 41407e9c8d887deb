import { type Console, SessionState } from '@consolemesh/contracts/conductor';
import { eventually } from '../harness/eventually.ts';
import { type OpenConsole, openConsole } from '../harness/open-console.ts';
import { startVncTarget } from '../harness/vnc-target.ts';
import { check } from './checker.ts';
import { type FaultMesh, stateOf } from './fault-mesh.ts';
import { persist } from './persist.ts';

/** How the console's bytes reach the proxy. */
export type Way = 'direct' | 'relay' | 'container';

/** One console and its machine. */
export interface Subject extends AsyncDisposable {
  readonly node: string;
  readonly consoleId: string;
}

let nodes = 0;

/** Makes a node with a machine that bears one viewer. */
export async function createSubject({ user, history, mesh }: FaultMesh, way: Way): Promise<Subject> {
  const target = await startVncTarget((what) =>
    history.add({ type: 'upstream', consoleId: subject.consoleId, what }),
  );
  const node = `${way}-${nodes++}`;
  await user.node(
    node,
    way === 'container'
      ? { driver: 'fake', info: { fake_endpoint: 'container' }, route: 'relay' }
      : {
          driver: 'vnc',
          info: { vnc_address: target.host, vnc_port: `${target.port}`, vnc_max_sessions: '1' },
          route: way,
        },
  );
  const subject = {
    node,
    consoleId: (await user.console(node)).id,
    async [Symbol.asyncDispose]() {
      await target[Symbol.asyncDispose]();
      mesh.containers.clear();
    },
  };
  return subject;
}

/** Wants the console on and waits until it is READY, however long the mending takes. */
export async function enable({ user, history }: FaultMesh, { node }: Subject): Promise<Console> {
  const ready = await eventually(
    () => persist(() => user.enable(node)),
    (console) => stateOf(console).observed === 'ready',
    { what: `${node} READY`, withinMs: 20_000 },
  );
  history.add({
    type: 'wanted',
    key: { consoleId: ready.id, generation: ready.generation },
    desired: 'enabled',
  });
  return ready;
}

/** Opens the console through whichever proxy lives, with a new link after each failure. */
export async function open(faults: FaultMesh, subject: Subject, first = 0): Promise<OpenConsole> {
  const { mesh, user, history } = faults;
  const until = performance.now() + 20_000;
  for (let attempt = first; ; attempt += 1) {
    const proxies = mesh.proxies.filter(({ alive }) => alive);
    const port = proxies[attempt % proxies.length]!.lines[1]!.port;
    try {
      const { url } = await persist(() => user.link(subject.node, { subject: `tab-${attempt}` }));
      const askedAt = performance.now();
      // A session whose proxy has died holds its place for a while.
      const tab = await openConsole(url, { port, takeOver: true });
      await tab.screen();
      const { generation } = await persist(() => user.console(subject.node));
      const sessionId = String(tab.opened.session);
      const about = { sessionId, key: { consoleId: subject.consoleId, generation }, askedAt };
      history.add({ type: 'session', what: 'opened', ...about });
      void tab.closed.then(() => history.add({ type: 'session', what: 'ended', ...about }));
      return tab;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

/** Kills the conductor in charge, unless one is dead already, and waits until another has taken over and looked at the console. */
export async function adopt(faults: FaultMesh, { node }: Subject): Promise<void> {
  const { mesh, user } = faults;
  const inCharge = async () => (await persist(() => user.console(node))).conductor.split('/')[0] ?? '';
  if (mesh.conductors.every(({ alive }) => alive)) faults.kill(await eventually(inCharge));
  await eventually(
    () => persist(() => user.console(node)),
    (console) => {
      const owner = mesh.conductors.find(({ name }) => console.conductor.startsWith(`${name}/`));
      return owner?.alive === true && stateOf(console).observed === 'ready';
    },
    { what: `${node} adopted` },
  );
}

/** An open session does not notice; one that a killed part carried is opened again. */
export async function stillOpen(faults: FaultMesh, subject: Subject, tab: OpenConsole): Promise<void> {
  try {
    await tab.screen();
  } catch {
    using again = await open(faults, subject, 1);
    await again.screen();
  }
}

/** Wants it off and waits until it is. */
export async function disable({ user, history }: FaultMesh, { node }: Subject): Promise<void> {
  const off = await eventually(
    () => persist(() => user.disable(node)),
    (console) => stateOf(console).observed === 'stopped',
    { what: `${node} STOPPED`, withinMs: 20_000 },
  );
  history.add({
    type: 'wanted',
    key: { consoleId: off.id, generation: off.generation },
    desired: 'disabled',
  });
}

/** Gives everything that is going on its time, lets the conductors sweep, and writes down what is there. */
export async function settle(faults: FaultMesh, { node, consoleId }: Subject): Promise<void> {
  const { mesh, user, history } = faults;
  const observe = async () => {
    for (const { alive, running } of mesh.conductors) if (alive) await running.sweep();
    const state = stateOf(await persist(() => user.console(node)));
    const held = await faults.held(consoleId);
    const { sessions } = await persist(() => user.sessions.listSessions({ node }));
    const holding = sessions.filter(({ state }) => state <= SessionState.OPEN).map(({ id }) => id);
    return { type: 'settled' as const, consoleId, ...state, held, sessions: holding };
  };
  // A proxy that has just lost its conductor hears of an end when it has found another.
  const isQuiet = (seen: Awaited<ReturnType<typeof observe>>) =>
    check([...history.events, { ...seen, at: 0 }]).length === 0;
  let seen = await observe();
  for (
    const until = performance.now() + 10_000;
    !isQuiet(seen) && performance.now() < until;
    seen = await observe()
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  history.add(seen);
}
