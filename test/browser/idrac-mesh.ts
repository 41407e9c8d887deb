import { X509Certificate } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defaultTimings, type Timings } from '@consolemesh/bmc-driver-idrac-wsman';
import {
  machineScreen,
  parseIdracVncMisbehaviour,
  type ScreenSource,
  type SimulatedIdrac,
  type SimulatedIdracOptions,
  startSimulatedIdrac,
  systemClock,
} from '@consolemesh/bmc-simulator';
import { ObservedState } from '@consolemesh/contracts/conductor';
import { vncSettingsOf } from '../harness/idrac.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { createUser, type User } from '../harness/user.ts';
import { idracCertificate } from './idrac-machines.ts';

/** A mesh that shows the page, with the driver for iDRACs. */
export interface IdracMesh extends AsyncDisposable {
  readonly mesh: Mesh;
  readonly user: User;
  /** An iDRAC whose VNC server is disabled unless told, and its node; the console is not enabled. */
  startServer(wish?: ServerWish): Promise<IdracServer>;
}

/** What a server's iDRAC is like, and its node. */
export interface ServerWish
  extends Pick<SimulatedIdracOptions, 'generation' | 'misbehave' | 'attributes' | 'screen' | 'clock'> {
  /** How its VNC server misbehaves, as `parseIdracVncMisbehaviour` reads it. */
  readonly words?: readonly string[];
  readonly route?: 'direct' | 'relay';
  /** Further options of the node. */
  readonly info?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A server with an iDRAC, behind the mesh. */
export interface IdracServer extends AsyncDisposable {
  readonly name: string;
  readonly idrac: SimulatedIdrac;
  /** What the machine shows. */
  readonly screen: Pick<ScreenSource, 'framebuffer'>;
  /** Bits of a pixel at its VNC server. */
  readonly bits: 16 | 32;
  /** What the machine shows, as text. */
  text(): string;
  /** What VNCServer.1 says now, the password left out. */
  settings(): Record<string, string | undefined>;
  /** Enables the console. @throws when it does not become READY */
  enable(): Promise<void>;
  /** A link to the enabled console. */
  link(): ReturnType<User['link']>;
}

const builtPage = fileURLToPath(new URL('../../services/novncproxy/dist/page', import.meta.url));
const { fingerprint256 } = new X509Certificate(idracCertificate.cert);

/** As in earnest, but a VNC server that says nothing is noticed sooner. */
const timings: Timings = {
  ...defaultTimings,
  pollMs: 100,
  vncTryMs: 2_000,
  vncPauseMs: 50,
  wedgedMs: 2_000,
};

/** Starts it. @param allowedOrigins further origins whose pages may open consoles */
export async function startIdracMesh(allowedOrigins: string[] = []): Promise<IdracMesh> {
  let count = 0;
  const mesh = await startMesh({
    vncDrivers: 0,
    fakeDrivers: 0,
    providers: 0,
    dracDrivers: 1,
    dracTimings: timings,
    // Who waits for a VNC server that says nothing is told so sooner than in earnest.
    proxy: { page: builtPage, allowedOrigins, limits: { connectMs: 5_000 } },
  });
  const user = createUser(mesh);
  return {
    mesh,
    user,
    startServer: (wish) => startServer(user, `rack7-idrac${++count}`, wish),
    [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
  };
}

async function startServer(user: User, name: string, wish: ServerWish = {}): Promise<IdracServer> {
  const { words = [], route = 'direct', info = {}, secrets = {}, ...simulated } = wish;
  const idrac = await startSimulatedIdrac({
    name,
    seed: 'test',
    stage: 'console',
    tls: idracCertificate,
    vncMisbehave: parseIdracVncMisbehaviour(words),
    ...simulated,
  });
  // Painted by the same code as the picture that is sent, and on its own: what is compared has not been on the way.
  const screen = wish.screen ?? machineScreen(idrac.machine, wish.clock ?? systemClock);
  const looking = wish.screen ? undefined : screen.look();
  try {
    await user.node(name, {
      driver: 'idrac-wsman',
      route,
      info: {
        drac_address: idrac.https.host,
        drac_port: `${idrac.https.port}`,
        drac_username: 'root',
        drac_pin: fingerprint256,
        ...info,
      },
      secrets: { drac_password: 'calvin', ...secrets },
    });
  } catch (error) {
    looking?.[Symbol.dispose]();
    await idrac[Symbol.asyncDispose]();
    throw error;
  }
  return {
    name,
    idrac,
    screen,
    bits: wish.generation === '8' ? 16 : 32,
    text: () => idrac.machine.screen.text(),
    settings: () => vncSettingsOf(idrac),
    async enable() {
      const { observed, lastError } = await user.enable(name);
      if (observed !== ObservedState.READY) throw new Error(`not READY: ${lastError?.message}`);
    },
    link: () => user.link(name, { subject: 'alice' }),
    async [Symbol.asyncDispose]() {
      looking?.[Symbol.dispose]();
      await idrac[Symbol.asyncDispose]();
    },
  };
}
