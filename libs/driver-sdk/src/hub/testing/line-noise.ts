import fc from 'fast-check';

/** A number as it stands in sequences: mostly small, sometimes absurd. */
const parameter = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(100, 999, 65_535, 2_147_483_647, 99_999_999_999) },
);
const parameters = fc.array(parameter, { maxLength: 4 }).map((all) => all.join(';'));

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom('login: ', 'a'.repeat(25), '你好世界', 'é̂', '́', '￿', '😀', '\u{e0100}'),
);
const control = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\t',
  '\b',
  '\x07',
  '\x0e',
  '\x0f',
  '\x18',
  '\x1a',
  '\x7f',
  '\0',
);

const csi = fc
  .tuple(
    fc.constantFrom('', '', '', '?', '>', '!'),
    parameters,
    fc.constantFrom(...'@ABCDEFGHIJKLMPSTXZ`abcdefghlmnrsu'),
  )
  .map(([prefix, numbers, final]) => `\x1b[${prefix}${numbers}${final}`);
const colours = fc
  .constantFrom(
    '0',
    '1;31',
    '7',
    '4:3;58;5;9',
    '38;5;3',
    '33',
    '48;2;1;2;3',
    '48;5;200',
    '53;3;2',
    '41',
    '9;8;5',
    '22;24;39',
    '21',
  )
  .map((codes) => `\x1b[${codes}m`);
const modes = fc
  .tuple(
    fc.constantFrom(
      '?1',
      '?6',
      '?7',
      '?25',
      '?45',
      '?47',
      '?66',
      '?1000',
      '?1006',
      '?1004',
      '?1047',
      '?1048',
      '?1049',
      '?2004',
      '4',
      '20',
    ),
    fc.constantFrom('h', 'l'),
  )
  .map(([mode, set]) => `\x1b[${mode}${set}`);
const others = fc.constantFrom(
  ...[
    '\x1b7',
    '\x1b8',
    '\x1bD',
    '\x1bE',
    '\x1bM',
    '\x1bH',
    '\x1b=',
    '\x1b>',
    '\x1b#8',
    '\x1b(0',
    '\x1b)0',
    '\x1b(B',
    '\x1b(A',
  ],
  ...[
    '\x1bn',
    '\x1bo',
    '\x1b[2;4r',
    '\x1b[r',
    '\x1b[3g',
    '\x1b[1"q',
    '\x1b[0"q',
    '\x1b[?2J',
    '\x1b[4 q',
    '\x1b[3b',
    '\x1b[!p',
    '\x1bc',
  ],
  ...[
    '\x1b]0;title\x07',
    '\x1b]8;;http://a\x1b\\',
    '\x1b]52;c;aGk=\x07',
    '\x1bP$q"p\x1b\\',
    '\x1b_apc\x1b\\',
    '\x9b1m',
    '\x1b[3\n1m',
  ],
);

/** What a serial line may say: text, sequences good and bad, and bytes that are neither. */
export const lineNoise = fc
  .array(
    fc
      .oneof(
        { weight: 6, arbitrary: text },
        { weight: 4, arbitrary: control },
        { weight: 4, arbitrary: csi },
        { weight: 3, arbitrary: colours },
        { weight: 2, arbitrary: modes },
        { weight: 3, arbitrary: others },
      )
      .map((said) => Buffer.from(said)),
    { maxLength: 40 },
  )
  .chain((pieces) =>
    fc.uint8Array({ maxLength: 6 }).map((junk) => Buffer.concat([...pieces, Buffer.from(junk)])),
  );
