import { describe, expect, it } from 'vitest';
import { keysym, takeMachine } from '../testing.ts';

const loggedIn = () => {
  const hands = takeMachine({ stage: 'console' });
  hands.type('root\nsecret\n');
  return hands;
};

describe('the text console', () => {
  it('lets any name and any password in and never shows the password', () => {
    const hands = takeMachine({ stage: 'console' });
    hands.type('alice\nhunter2\n');
    expect(hands.text).toContain('node-07 login: alice');
    expect(hands.text).not.toContain('hunter2');
    expect(hands.text).toMatch(/alice@node-07:~\$$/);
  });

  it('says in one line how to log in, also when the screen was cleared or somebody logged out', () => {
    const hint = /any name and any password\.\n\nnode-07 login:$/;
    const hands = takeMachine({ stage: 'console' });
    expect(hands.text).toMatch(hint);
    hands.chord(keysym.control, 0x6c);
    expect(hands.text).toMatch(hint);
    hands.type('root\nsecret\nexit\n');
    expect(hands.text).toMatch(hint);
  });

  it('asks again when no name is given', () => {
    const hands = takeMachine({ stage: 'console' });
    hands.type('\n\n');
    expect(hands.text.match(/login:/g)).toHaveLength(3);
  });

  it('echoes what is typed at once', () => {
    const hands = loggedIn();
    hands.type('echo héllo');
    expect(hands.text).toMatch(/\$ echo héllo$/);
  });

  it.each([
    ['echo clear', 'clear'],
    ['date', 'Thu 05 Mar 2026 14:00:00 UTC'],
    ['whoami', 'root'],
    ['hostname', 'node-07'],
    ['uname', 'Linux'],
    ['uname -a', 'x86_64 GNU/Linux'],
    ['lscpu', 'Model name:'],
    ['ipaddr', '192.0.2.'],
    ['lsblk', 'nvme0n1p2'],
    ['free', 'Swap:'],
    ['dmesg', 'NIC Link is Up'],
    ['uptime', 'load average'],
    ['sensors', 'RPM'],
    ['colours', 'brightMagenta'],
    ['help', 'switch off'],
    ['history', '2  history'],
    ['rm -rf /', 'rm: command not found'],
  ])('answers "%s"', (line, answer) => {
    const hands = loggedIn();
    hands.type('clear\n');
    hands.type(`${line}\n`);
    expect(hands.text).toContain(answer);
    expect(hands.text).toMatch(/root@node-07:~\$$/);
  });

  it('edits the line with the usual keys', () => {
    const hands = loggedIn();
    hands.type('ecko one');
    hands.press(...Array(5).fill(keysym.left), keysym.backspace, keysym.backspace);
    hands.type('ch\n');
    expect(hands.text).toMatch(/\none\nroot/);
  });

  it('completes with Tab, recalls with the arrows, abandons with Ctrl-C, clears with Ctrl-L', () => {
    const hands = loggedIn();
    hands.type('lsc');
    hands.press(keysym.tab);
    expect(hands.text).toMatch(/\$ lscpu$/);
    hands.chord(keysym.control, 0x63);
    expect(hands.text).toContain('lscpu ^C');
    hands.type('whoami\n');
    hands.press(keysym.up);
    expect(hands.text).toMatch(/\$ whoami$/);
    hands.chord(keysym.control, 0x6c);
    expect(hands.text).toMatch(/^root@node-07:~\$$/);
  });

  it('scrolls when the screen is full and keeps the prompt on its last row', () => {
    const hands = loggedIn();
    hands.type('help\n'.repeat(10));
    expect(hands.machine.screen.line(47)).toMatch(/\$$/);
    hands.type('echo still here\n');
    expect(hands.text).toMatch(/\nstill here\nroot@node-07:~\$$/);
  });

  it('takes a line longer than the screen without breaking', () => {
    const hands = loggedIn();
    hands.type(`echo ${'x'.repeat(500)}\n`);
    expect(hands.text).toMatch(/^x{80,}$/m);
  });

  it.each([
    ['reboot', 'post'],
    ['poweroff', 'off'],
    ['shutdown -r now', 'post'],
    ['shutdown -h now', 'off'],
  ] as const)('"%s" stops the services and leads to %s', (line, stage) => {
    const hands = loggedIn();
    hands.type(`${line}\n`);
    expect(hands.machine.stage).toBe('shutdown');
    hands.wait(300);
    expect(hands.text).toContain('Stopped Getty');
    hands.waitFor(stage);
  });

  it('lets letters fall until a key is pressed, or for a while, and then prompts again', () => {
    for (const end of ['key', 'time']) {
      const hands = loggedIn();
      hands.type('matrix\n');
      hands.wait(3000);
      expect(hands.machine.ambient).toBe(true);
      expect(hands.text).not.toContain('root@');
      if (end === 'key') hands.type('q');
      else hands.wait(90_000);
      expect(hands.text).toMatch(/^root@node-07:~\$$/);
      expect(hands.machine.dueAt).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('logs out with exit and with Ctrl-D', () => {
    const hands = loggedIn();
    hands.type('exit\n');
    expect(hands.text).toMatch(/node-07 login:$/);
    hands.type('bob\n\n');
    hands.chord(keysym.control, 0x64);
    expect(hands.text).toMatch(/node-07 login:$/);
  });
});
