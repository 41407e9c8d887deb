import { type SimulatedMachine, startSimulatedMachine } from '@consolemesh/bmc-simulator';
import { selfSigned } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import { sitDown } from './person-at-viewer.ts';

const password = 'Kx4-zz9q';
const tls = selfSigned('127.0.0.1');

/** Somebody at a viewer of the simulated machine. */
const sitAt = (simulated: SimulatedMachine, options: string[]) =>
  sitDown({
    port: simulated.address.port,
    name: simulated.machine.identity.name,
    password,
    ca: tls.cert,
    options,
  });

/** Resolves when the machine's screen shows this text. */
function shows({ machine }: SimulatedMachine, text: string | RegExp): Promise<void> {
  return new Promise((resolve) => {
    let watching: Disposable | undefined;
    const look = () => {
      const shown = machine.screen.text();
      if (typeof text === 'string' ? !shown.includes(text) : !text.test(shown)) return;
      watching?.[Symbol.dispose]();
      resolve();
    };
    watching = machine.watch(look);
    look();
  });
}

describe('a person at the viewer of TigerVNC', () => {
  it.each([
    ['None, Raw', ['None' as const], ['-SecurityTypes=None', '-PreferredEncoding=Raw']],
    ['VNC, Hextile', ['VNC' as const], ['-SecurityTypes=VncAuth', '-PreferredEncoding=Hextile']],
    ['X509Vnc, Hextile', ['X509Vnc' as const], ['-SecurityTypes=X509Vnc', '-PreferredEncoding=Hextile']],
  ])('logs in and works in the shell (%s)', async (_name, security, options) => {
    await using simulated = await startSimulatedMachine({
      name: 'node-07',
      stage: 'console',
      security,
      password,
      tls,
    });
    await using person = await sitAt(simulated, options);
    await person.type('root');
    await person.press('Return', 'Return');
    await person.type('uname -a');
    await person.press('Return');
    await shows(simulated, 'x86_64 GNU/Linux');
    await person.sees(() => simulated.picture().pixels);
  });

  it('enters the set-up menu during the self test, opens a tab by clicking, changes a value, and saves', async () => {
    await using simulated = await startSimulatedMachine({ name: 'node-07' });
    await using person = await sitAt(simulated, ['-SecurityTypes=None', '-PreferredEncoding=Hextile']);
    simulated.machine.setPower('reset');
    await shows(simulated, 'Memory');
    await person.photograph('simulator-post');
    await person.press('F2');
    await shows(simulated, 'Serial number');
    await person.click(168, 72);
    await shows(simulated, 'Virtualisation');
    await person.press('Down');
    await person.press('Return');
    await shows(simulated, 'Simultaneous threads');
    await person.press('Down', 'Return');
    await shows(simulated, /Simultaneous threads\s+\[Disabled\]/);
    await person.sees(() => simulated.picture().pixels);
    await person.photograph('simulator-setup');
    await person.press('F10', 'Return');
    await shows(simulated, 'Memory');
    expect(simulated.machine.stage).toBe('post');
  });
});
