import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOptionsChecker } from './check-options.ts';
import type { OptionsSchema } from './driver.ts';

const schema: OptionsSchema = {
  type: 'object',
  required: ['address'],
  properties: {
    address: { type: 'string', description: 'Where.', pattern: '^[a-z.]+$', expects: 'a host name' },
    port: { type: 'integer', description: 'Port.', minimum: 1, maximum: 65535, default: 5900 },
    mode: { type: 'string', description: 'How.', enum: ['fast', 'safe'] },
    strict: { type: 'boolean', description: 'Whether.' },
  },
};
const check = createOptionsChecker(schema, 'driver_info');

describe('a checker of options', () => {
  it('converts text to the types of the schema and fills defaults in', () => {
    expect(check({ address: 'bmc.example', strict: 'true' })).toEqual({
      values: { address: 'bmc.example', port: 5900, strict: true },
      violations: [],
    });
  });

  it('reports every mistake at once, in the order of the schema, with what is expected', () => {
    const { violations, values } = check({ mode: 'quick', port: '70000', adress: 'x', strict: 'maybe' });
    expect(violations).toEqual([
      { field: 'driver_info.address', reason: 'FIELD_REQUIRED', message: 'is not set; expected a host name' },
      {
        field: 'driver_info.port',
        reason: 'FIELD_INVALID',
        message: 'is "70000"; expected a whole number from 1 to 65535',
      },
      {
        field: 'driver_info.mode',
        reason: 'FIELD_INVALID',
        message: 'is "quick"; expected one of fast, safe',
      },
      { field: 'driver_info.strict', reason: 'FIELD_INVALID', message: 'is "maybe"; expected true or false' },
      {
        field: 'driver_info.adress',
        reason: 'FIELD_UNKNOWN',
        message: 'is not an option of this driver; did you mean address?',
      },
    ]);
    expect(values).toEqual({});
  });

  it('names what is known when nothing is near', () => {
    const [violation] = check({ address: 'a', colour: 'red' }).violations;
    expect(violation?.message).toBe('is not an option of this driver; known are address, port, mode, strict');
  });

  it('takes an empty required option for a missing one', () => {
    expect(check({ address: '' }).violations[0]?.reason).toBe('FIELD_REQUIRED');
  });

  it('never shows the value of a secret', () => {
    const secrets: OptionsSchema = {
      type: 'object',
      properties: { password: { type: 'string', description: 'P.', maxLength: 8 } },
    };
    const { violations } = createOptionsChecker(
      secrets,
      'driver_secrets',
      true,
    )({ password: 'far-too-long-secret' });
    expect(violations).toEqual([
      {
        field: 'driver_secrets.password',
        reason: 'FIELD_INVALID',
        message: 'holds a value that is not usable; expected text of at most 8 characters',
      },
    ]);
  });

  it('refuses maps that are too large before it looks into them', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v']));
    expect(check(many).violations).toMatchObject([{ field: 'driver_info', reason: 'FIELD_INVALID' }]);
    expect(check({ address: 'a'.repeat(8193) }).violations).toMatchObject([{ field: 'driver_info.address' }]);
  });

  it('stands any map of text: each key is either a value or a mistake', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 50 }), { maxKeys: 20 }),
        (given) => {
          const { values, violations } = check(given);
          for (const name of Object.keys(given)) {
            const mistaken = violations.some(({ field }) => field === `driver_info.${name}`);
            expect(mistaken !== Object.hasOwn(values, name) || name === '').toBe(true);
          }
        },
      ),
    );
  });
});
