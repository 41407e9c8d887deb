import { openPreferences, parsePreferences } from '@consolemesh/proxy/page';
import { describe, expect, it } from 'vitest';
import { preferences } from './preferences.ts';

const { defaults: defaultPreferences } = preferences;

function fakeStorage(content: Record<string, string> = {}): Storage {
  return {
    getItem: (key: string) => content[key] ?? null,
    setItem: (key: string, value: string) => {
      content[key] = value;
    },
  } as unknown as Storage;
}

describe('preferences', () => {
  it.each([null, '', '{', '[]', '7', 'null', '{"theme":"pink","quality":12,"dot":"yes"}'])(
    'fall back to the defaults for %j',
    (text) => {
      expect(parsePreferences(preferences, text)).toEqual(defaultPreferences);
    },
  );

  it('keep what is good beside what is not', () => {
    expect(parsePreferences(preferences, '{"theme":"dark","quality":-1,"bell":"sound","extra":1}')).toEqual({
      ...defaultPreferences,
      theme: 'dark',
      bell: 'sound',
    });
  });

  it('are remembered, but what a link asked for is not', () => {
    const content: Record<string, string> = {};
    const store = openPreferences(
      preferences,
      () => fakeStorage(content),
      { scaling: 'actual', quality: 1 },
      () => {},
    );
    expect(store.get()).toMatchObject({ scaling: 'actual', quality: 1 });
    store.change({ quality: 8 });
    expect(store.get()).toMatchObject({ scaling: 'actual', quality: 8 });
    const later = openPreferences(
      preferences,
      () => fakeStorage(content),
      {},
      () => {},
    );
    expect(later.get()).toMatchObject({ scaling: defaultPreferences.scaling, quality: 8 });
  });

  it('work where the browser blocks storage', () => {
    const heard: unknown[] = [];
    const blocked = () => {
      throw new Error('blocked');
    };
    const store = openPreferences(preferences, blocked, {}, (now) => heard.push(now.theme));
    store.change({ theme: 'light' });
    expect(heard).toEqual(['light']);
    expect(store.get().theme).toBe('light');
  });
});
