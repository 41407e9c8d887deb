import { describe, expect, it } from 'vitest';
import { createPaster, type PasteState } from './paster.ts';

function start(refused: () => string | undefined = () => undefined) {
  const sent: string[] = [];
  const says: string[] = [];
  const states: PasteState['kind'][] = [];
  const state = { unsent: 0 };
  const paster = createPaster({
    send: (bytes) => void sent.push(new TextDecoder().decode(bytes)),
    unsent: () => state.unsent,
    pace: () => ({ bytes: 4, pauseMs: 0 }),
    bracketed: () => false,
    refused,
    changed: ({ kind }) => void (states.at(-1) === kind || states.push(kind)),
    says: (sentence) => void says.push(sentence),
  });
  const idle = () => expect.poll(() => states.at(-1)).toBe('idle');
  return { paster, sent, says, states, state, idle };
}

describe('pasting', () => {
  it('sends a single line without a question', async () => {
    const { paster, sent, states, idle } = start();
    paster.request('uname -a');
    await idle();
    expect(sent.join('')).toBe('uname -a');
    expect(states).toEqual(['running', 'idle']);
  });

  it.each(['a\nb', 'reboot\n'])('asks before %j, which would press Enter', async (text) => {
    const { paster, sent, states, idle } = start();
    paster.request(text);
    expect(states).toEqual(['asking']);
    expect(sent).toEqual([]);
    paster.confirm();
    await idle();
    expect(sent.join('')).toBe(text.replace('\n', '\r'));
  });

  it('drops what was not wanted', () => {
    const { paster, sent, states } = start();
    paster.request('a\nb');
    paster.stop();
    paster.confirm();
    expect([states, sent]).toEqual([['asking', 'idle'], []]);
  });

  it('stops in the middle and says how far it got; a second one waits its turn', async () => {
    const { paster, sent, says, state, idle } = start();
    state.unsent = 1_000_000;
    paster.request('abcdefgh');
    paster.request('more');
    paster.stop();
    await idle();
    expect(sent).toEqual([]);
    expect(says).toEqual(['Something is being pasted already.', 'Pasting stopped after 0 of 8 bytes.']);
  });

  it('is refused in words where this page does not write', () => {
    const { paster, says, states } = start(() => 'bob writes.');
    paster.request('x');
    expect([says, states]).toEqual([['bob writes.'], []]);
  });
});
