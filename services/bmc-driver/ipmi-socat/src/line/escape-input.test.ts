import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createInputEscaper } from './escape-input.ts';

/** `processSolUserInput` of ipmitool 1.8.19, with `!` and the letter for a sequence that it acts upon. */
function ipmitool(input: Buffer): string {
  let [pending, lineStart, out] = [false, true, ''];
  for (const byte of input) {
    const ch = String.fromCharCode(byte);
    if (pending) {
      pending = false;
      if ('.B?\x1a\x18'.includes(ch)) {
        out += `!${ch}`;
        continue;
      }
      out += ch === '~' ? '~' : `~${ch}`;
    } else if (lineStart && ch === '~') {
      pending = true;
      continue;
    } else out += ch;
    lineStart = ch === '\r' || ch === '\n';
  }
  return out;
}

const typed = fc.array(fc.constantFrom('~', '.', 'B', '?', '\r', '\n', 'a', '\x1a', '\xff'), {
  maxLength: 60,
});

it('lets everything that is typed reach the machine as it is, however it is cut', () => {
  fc.assert(
    fc.property(typed, fc.integer({ min: 1, max: 7 }), (letters, size) => {
      const bytes = Buffer.from(letters.join(''), 'latin1');
      const escaper = createInputEscaper();
      const sent: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size)
        sent.push(escaper.escape(bytes.subarray(at, at + size)));
      expect(ipmitool(Buffer.concat(sent))).toBe(bytes.toString('latin1'));
    }),
  );
});

it('knows when ipmitool would take a sequence: at first and after the end of a line', () => {
  fc.assert(
    fc.property(typed, (letters) => {
      const escaper = createInputEscaper();
      const sent = escaper.escape(Buffer.from(letters.join(''), 'latin1'));
      expect(ipmitool(Buffer.concat([sent, Buffer.from('~B')])).endsWith('!B')).toBe(escaper.atLineStart);
    }),
  );
});
