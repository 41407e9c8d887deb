import { describe, expect, it } from 'vitest';
import { inspectOptions } from './options.ts';
import { parseQuirks } from './parse-quirks.ts';
import { ipmiNode } from './testing/ipmi-node.ts';

describe('options of a node', () => {
  const fields = (info: object, secrets = {}) =>
    inspectOptions(ipmiNode(info, secrets)).map(({ field, message }) => `${field} ${message}`);

  it('are right as they come', () => {
    expect(fields({})).toEqual([]);
  });

  it.each([
    [{ ipmi_username: 'ü'.repeat(9) }, {}, /ipmi_username has more than 16 bytes/],
    [{}, { ipmi_password: 'ü'.repeat(11) }, /ipmi_password has more than 20 bytes/],
    [{ ipmi_quirks: 'auto,intelplsu' }, {}, /names intelplsu, which is no quirk/],
    [{ ipmi_quirks: 'none,solport' }, {}, /says none and names others/],
    [{ ipmi_cipher_suite: '2' }, {}, /does not encrypt, and ipmi_sol_encrypt is required/],
    [{ ipmi_protocol_version: '1.5' }, {}, /needs 2\.0/],
    [{ ipmi_bridging: 'dual' }, {}, /use the driver ipmi-socat/],
  ])('%o %o say what is wrong', (info, secrets, words) => {
    const mistakes = fields(info, secrets);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(words);
    expect(mistakes[0]).not.toContain('ü');
  });

  it('take a suite without encryption where none is wanted', () => {
    expect(fields({ ipmi_cipher_suite: '16', ipmi_sol_encrypt: 'preferred' })).toEqual([]);
  });
});

it.each([
  ['auto', ['auto']],
  ['none', []],
  ['', []],
  [' Auto , SOLPORT,', ['auto', 'solport']],
])('quirks %j are %j', (text, names) => {
  expect(parseQuirks(text)).toEqual({ names, unknown: [], contradicts: false });
});
