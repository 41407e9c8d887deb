import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysym, takeMachine } from '../testing.ts';

const atShell = () => {
  const hands = takeMachine({ stage: 'console' });
  hands.send('root\nsecret\n');
  hands.hear();
  return hands;
};

describe('the serial line of a simulated machine', () => {
  it('tells the whole boot, from the self test to a login prompt of its own', () => {
    const hands = takeMachine();
    hands.waitFor('console');
    hands.wait(10);
    const heard = hands.hear();
    const places = [
      hands.machine.identity.serial,
      'F2 / Del  Set-up',
      `${hands.machine.identity.memory.gibibytes * 1024} MiB`,
      'no boot file offered',
      'Boot loader 2.12',
      'will be started in 1 s',
      'Linux version',
      'Started Serial Getty on ttyS0.',
      'Invented Linux 12 node-07 ttyS0',
    ].map((text) => heard.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(heard.endsWith('node-07 login: ')).toBe(true);
  });

  it('says nothing of the firmware while its redirection is disabled, and takes no key for it', () => {
    const hands = takeMachine();
    hands.machine.firmware.values.serialRedirection = 'Disabled';
    hands.wait(3000);
    expect(hands.hear()).toBe('');
    hands.send('\x1b[12~');
    hands.waitFor('network');
    hands.waitFor('console');
    expect(hands.hear()).toContain('Boot loader');
  });

  it.each([
    ['F2', '\x1bOQ', 'setup'],
    ['F2 as firmware takes it', '\x1b2', 'setup'],
    ['Del', '\x1b[3~', 'setup'],
    ['F11', '\x1b[23~', 'bootMenu'],
    ['F12', '\x1b@', 'network'],
  ] as const)('takes %s during the self test', (_name, sequence, stage) => {
    const hands = takeMachine();
    hands.wait(500);
    hands.send(sequence);
    hands.waitFor(stage);
  });

  it('chooses in the boot loader by arrows, in pieces of any size', () => {
    const hands = takeMachine();
    hands.waitFor('loader');
    hands.wait(10);
    hands.hear();
    for (const piece of '\x1b[B') hands.send(piece);
    expect(hands.hear()).toContain('* Invented Linux 12, recovery');
    hands.wait(60_000);
    expect(hands.machine.stage).toBe('loader');
    hands.send('\n');
    expect(hands.machine.stage).toBe('kernel');
  });

  it('takes an escape for the key of that name when nothing follows it', () => {
    const hands = takeMachine();
    hands.press(keysym.f11);
    hands.waitFor('bootMenu');
    hands.send('\x1b');
    expect(hands.machine.stage).toBe('bootMenu');
    hands.wait(200);
    expect(hands.machine.stage).toBe('loader');
  });

  it('has a login apart from that of the screen, in the same machine', () => {
    const hands = takeMachine({ stage: 'console' });
    hands.send('alice\nhunter2\ntty\n');
    hands.type('bob\nsecret\ntty\n');
    const heard = hands.hear();
    expect(heard).toContain('alice@node-07:~$ tty\r\n/dev/ttyS0\r\n');
    expect(heard).not.toContain('hunter2');
    expect(heard).not.toContain('bob');
    expect(hands.text).toContain('/dev/tty1');
    expect(hands.text).not.toContain('alice');
    hands.send('reboot\n');
    expect(hands.machine.stage).toBe('shutdown');
    hands.waitFor('post');
  });

  it('shows what is typed and what is corrected', () => {
    const hands = atShell();
    hands.send('ecoh\b\bho hi\x1b[D\x1b[Dthere, \n');
    expect(played(hands.hear())).toEqual(['echo there, hi', 'there, hi', 'root@node-07:~$']);
  });

  it('takes away what is erased', () => {
    const hands = atShell();
    hands.send('whoami all\x7f\x7f\x7f\x7f');
    expect(played(hands.hear())).toEqual(['whoami']);
    hands.send('\x01\x0b');
    expect(played(hands.hear())).toEqual(['']);
    hands.send('\n');
    expect(hands.hear()).toBe('\r\nroot@node-07:~$ ');
  });

  it('abandons a line on Ctrl-C, clears on Ctrl-L, logs out on Ctrl-D', () => {
    const hands = atShell();
    hands.send('half a line\x03');
    expect(hands.hear()).toMatch(/\^C\r\nroot@node-07:~\$ $/);
    hands.send('\x0c');
    expect(hands.hear()).toContain('\x1b[2J');
    hands.send('\x04');
    expect(hands.hear()).toMatch(/login: $/);
  });

  it('takes lines that are longer than a screen is wide', () => {
    const hands = atShell();
    const long = 'x'.repeat(3000);
    hands.send(`echo ${long}\n`);
    expect(hands.hear().split(long)).toHaveLength(3);
  });

  it('has all of the kernel’s log', () => {
    const hands = atShell();
    hands.send('dmesg\n');
    expect(hands.hear()).toContain('Linux version');
  });

  it('goes silent while the power is off, and says so again from the self test on', () => {
    const hands = atShell();
    hands.machine.setPower('off');
    hands.send('\n\nhello\n');
    hands.machine.serial.break();
    hands.send('b');
    hands.wait(60_000);
    expect(hands.hear()).toBe('');
    expect(hands.machine.power).toBe('off');
    hands.machine.setPower('on');
    hands.wait(1000);
    expect(hands.hear()).toContain('Meshworks');
  });
});

/** What a terminal shows in its lines after all this. */
function played(heard: string): string[] {
  return heard.split('\r\n').map((line) => {
    let text = '';
    let at = 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
    for (const piece of line.match(/\x1b\[K|[\s\S]/g) ?? []) {
      if (piece === '\b') at--;
      else if (piece === '\x1b[K') text = text.slice(0, at);
      else {
        text = text.slice(0, at) + piece + text.slice(at + 1);
        at++;
      }
    }
    return text.trimEnd();
  });
}

describe('a break on the serial line', () => {
  const breakAnd = (hands: ReturnType<typeof takeMachine>, key: string) => {
    hands.machine.serial.break();
    hands.send(key);
  };

  it.each([
    ['h', 'sysrq: HELP : loglevel(0-9) reboot(b)'],
    ['s', 'Emergency Sync complete'],
    ['u', 'Emergency Remount complete'],
    ['m', 'pages RAM'],
    ['t', 'task:systemd'],
    ['7', 'Loglevel set to 7'],
    ['?', 'sysrq: HELP'],
  ])('makes a running kernel answer "%s"', (key, answer) => {
    const hands = atShell();
    breakAnd(hands, key);
    expect(hands.hear()).toContain(answer);
    expect(hands.machine.stage).toBe('console');
    hands.send('whoami\n');
    expect(hands.hear()).toContain('\r\nroot\r\n');
  });

  it('restarts the machine at once with b, switches it off with o', () => {
    const hands = atShell();
    breakAnd(hands, 'b');
    expect(hands.machine.stage).toBe('post');
    hands.waitFor('kernel');
    breakAnd(hands, 'o');
    expect(hands.machine.power).toBe('off');
  });

  it('crashes the kernel with c, on the screen too, and it starts anew', () => {
    const hands = atShell();
    breakAnd(hands, 'c');
    expect(hands.hear()).toContain('Kernel panic - not syncing');
    expect(hands.text).toContain('Kernel panic - not syncing');
    hands.waitFor('post');
  });

  it('counts for one character within five seconds', () => {
    const hands = atShell();
    hands.machine.serial.break();
    hands.wait(5000);
    hands.send('b');
    expect(hands.machine.stage).toBe('console');
    breakAnd(hands, 'sb');
    expect(hands.machine.stage).toBe('console');
  });

  it('means nothing to firmware and boot loader', () => {
    const hands = takeMachine();
    breakAnd(hands, 'o');
    hands.waitFor('loader');
    breakAnd(hands, 'o');
    expect(hands.machine.power).toBe('on');
  });

  it('takes no key away from the firmware', () => {
    const hands = takeMachine();
    breakAnd(hands, '\x1b2');
    hands.waitFor('setup');
  });
});

describe('a boot override', () => {
  it.each([
    ['setup', 'setup'],
    ['bootMenu', 'bootMenu'],
    ['disk', 'loader'],
    ['network', 'network'],
  ] as const)('to %s leads the next self test to %s, once', (to, stage) => {
    const hands = takeMachine();
    hands.machine.bootOverride = { to, persistent: false };
    hands.wait(100);
    hands.waitFor(stage);
    expect(hands.hear()).toContain('Boot override by the BMC');
    expect(hands.machine.bootOverride).toBeUndefined();
  });

  it('outlives a power cycle before it was followed, and stays when it is persistent', () => {
    const hands = takeMachine({ stage: 'console' });
    hands.machine.bootOverride = { to: 'setup', persistent: true };
    hands.machine.setPower('cycle');
    hands.machine.setPower('cycle');
    hands.waitFor('setup');
    expect(hands.machine.bootOverride).toEqual({ to: 'setup', persistent: true });
  });
});

describe('anything that comes in on the serial line', () => {
  it('leaves the machine alive and says the same in pieces of one byte', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom('root\r', '\x1b[A', 'help\r', 'seq 300\r', '\x1b', 'grüße\r')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 12 }), (pieces) => {
        const whole = takeMachine({ stage: 'console' });
        const bytewise = takeMachine({ stage: 'console' });
        for (const piece of pieces) {
          whole.machine.serial.input(piece);
          for (const byte of piece) bytewise.machine.serial.input(Uint8Array.of(byte));
        }
        whole.wait(200);
        bytewise.wait(200);
        expect(played(bytewise.hear())).toEqual(played(whole.hear()));
        whole.machine.setPower('cycle');
        expect(whole.machine.stage).toBe('post');
      }),
      { numRuns: 60 },
    );
  });
});
