import { inspect } from 'node:util';
import { MeshError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

describe('an error without secrets', () => {
  it('has none in its message, stack, details and causes, and is still the same error', () => {
    const cause = Object.assign(new Error('the value canary-1 is wrong'), {
      details: { said: ['canary-2'] },
    });
    const error = new MeshError('BMC_ERROR', 'refused: canary-1, canary-2.', {
      cause,
      metadata: { quoted: 'canary-2' },
      violations: [{ field: 'driver_info', reason: 'BMC_ERROR', message: 'canary-1' }],
    });
    const clean = withoutSecrets(error, ['canary-1', 'canary-2']);
    expect(clean).toBe(error);
    expect(clean.message).toBe('refused: ***, ***.');
    expect(inspect(clean, { depth: 20, showHidden: true })).not.toContain('canary');
  });

  it('hides a secret that contains another one as a whole', () => {
    expect(withoutSecrets(new Error('calvin2020'), ['calvin', 'calvin2020']).message).toBe('***');
  });

  it('leaves alone what is too short to be found for sure', () => {
    expect(withoutSecrets(new Error('127.0.0.1'), ['', '0', '127']).message).toBe('127.0.0.1');
  });

  it('bears causes in a circle, and what is no error', () => {
    const error = new Error('canary');
    error.cause = error;
    expect(withoutSecrets(error, ['canary']).message).toBe('***');
    expect(withoutSecrets(undefined, ['canary'])).toBeUndefined();
  });
});
