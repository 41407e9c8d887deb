import { describe, expect, test } from 'vitest';
import { createManualScheduler } from '../testing/manual-scheduler.ts';
import { createSuspicions } from './suspicions.ts';

function subject(random = () => 0) {
  const scheduler = createManualScheduler();
  const looks: string[] = [];
  const suspicions = createSuspicions({ scheduler, random, look: (id) => void looks.push(id) });
  return { scheduler, looks, suspicions };
}

describe('suspicions', () => {
  test('are looked into at once, for each console by itself', () => {
    const { looks, suspicions } = subject();
    suspicions.report('a');
    suspicions.report('b');
    expect(looks).toEqual(['a', 'b']);
  });

  test('that come as a flood make one look in ten seconds, and the last of them is not forgotten', async () => {
    const { scheduler, looks, suspicions } = subject();
    for (let second = 0; second < 25; second++) {
      for (let i = 0; i < 100; i++) suspicions.report('a');
      await scheduler.advance(1_000);
    }
    expect(looks).toHaveLength(3);
    await scheduler.advance(60_000);
    expect(looks).toHaveLength(4);
    suspicions.report('a');
    expect(looks).toHaveLength(5);
  });

  test('of several consoles are spread', async () => {
    const chances = [0, 0.8];
    const { scheduler, looks, suspicions } = subject(() => chances.shift() ?? 0);
    for (const id of ['a', 'b', 'a', 'b']) suspicions.report(id);
    await scheduler.advance(10_000);
    expect(looks).toEqual(['a', 'b', 'a']);
    await scheduler.advance(2_000);
    expect(looks).toEqual(['a', 'b', 'a', 'b']);
  });

  test('of a console that is forgotten, and all of them after closing, are dropped', async () => {
    const { scheduler, looks, suspicions } = subject();
    for (const id of ['a', 'b', 'a', 'b']) suspicions.report(id);
    suspicions.forget('a');
    suspicions.close();
    await scheduler.advance(60_000);
    expect(looks).toEqual(['a', 'b']);
  });
});
