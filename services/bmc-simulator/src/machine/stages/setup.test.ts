import { beforeEach, describe, expect, it } from 'vitest';
import { type Hands, keysym, takeMachine } from '../testing.ts';

let hands: Hands;

beforeEach(() => {
  hands = takeMachine();
  hands.press(keysym.f2);
  hands.waitFor('setup');
  hands.wait(10);
});

describe('the firmware set-up menu', () => {
  it('shows what the server is made of on its first tab, with a clock that ticks', () => {
    expect(hands.text).toContain(hands.machine.identity.uuid);
    const before = hands.text;
    hands.wait(1000);
    expect(hands.text).not.toBe(before);
  });

  it('goes around its tabs with the arrow keys', () => {
    hands.press(keysym.right);
    expect(hands.text).toContain('Virtualisation');
    hands.press(keysym.right);
    expect(hands.text).toContain('Boot order');
    hands.press(keysym.right);
    expect(hands.text).toContain('Save changes and reset');
    hands.press(keysym.right);
    expect(hands.text).toContain('Serial number');
    hands.press(keysym.left);
    expect(hands.text).toContain('Save changes and reset');
  });

  it('opens a tab and a line by clicking, and chooses a value by clicking', () => {
    hands.click('Advanced');
    hands.click('Fan profile');
    hands.click('Full speed');
    expect(hands.text).toContain('[Full speed]');
    expect(hands.text).toContain('Changes not saved yet');
  });

  it('highlights the line under the pointer without choosing it', () => {
    hands.click('Advanced');
    const { screen } = hands.machine;
    hands.hover('Speed');
    const row = [...Array(screen.rows).keys()].find((index) => screen.line(index).includes('Speed'))!;
    const hovered = screen.backgrounds[row * screen.columns + 20];
    hands.hover('Redirection');
    expect(screen.backgrounds[row * screen.columns + 20]).not.toBe(hovered);
    expect(hands.text).toContain('[115200]');
  });

  it('changes values with + and - around the ends', () => {
    hands.press(keysym.right);
    hands.type('-');
    expect(hands.text).toMatch(/Virtualisation\s+\[Disabled\]/);
    hands.type('+');
    expect(hands.text).toMatch(/Virtualisation\s+\[Enabled\]/);
  });

  it('moves a boot device up with + and boots from it after saving', () => {
    hands.click('Boot ');
    hands.click('Boot device #2');
    hands.type('+');
    expect(hands.text).toMatch(/Boot device #1\s+Invented Linux/);
    hands.press(keysym.f10, keysym.enter);
    expect(hands.machine.stage).toBe('post');
    hands.waitFor('loader');
    expect(hands.machine.firmware.bootOrder).toEqual(['disk', 'network', 'usb']);
  });

  it('forgets changes when it is left without saving, and when the server is reset', () => {
    hands.press(keysym.right);
    hands.type('-');
    hands.press(keysym.escape, keysym.enter);
    expect(hands.machine.stage).toBe('post');
    expect(hands.machine.firmware.values.virtualisation).toBe('Enabled');
    hands.press(keysym.f2);
    hands.waitFor('setup');
    hands.press(keysym.right);
    hands.type('-');
    hands.chord(keysym.control, keysym.alt, keysym.delete);
    expect(hands.machine.firmware.values.virtualisation).toBe('Enabled');
  });

  it('keeps saved settings while the power is off', () => {
    hands.press(keysym.right);
    hands.type('-');
    hands.press(keysym.f10, keysym.enter);
    hands.machine.setPower('off');
    hands.machine.setPower('on');
    expect(hands.machine.firmware.values.virtualisation).toBe('Disabled');
  });

  it('stays when the question is answered with No or the window is clicked away', () => {
    hands.press(keysym.f10, keysym.down, keysym.enter);
    expect(hands.machine.stage).toBe('setup');
    hands.press(keysym.f10);
    hands.click('firmware set-up');
    expect(hands.text).not.toContain('Save changes and reset?');
    expect(hands.machine.stage).toBe('setup');
  });
});
