import { isQuirkName, type QuirkName } from '@consolemesh/ipmi';

/** What `ipmi_quirks` says. */
export interface ParsedQuirks {
  /** As a session takes them. */
  readonly names: readonly (QuirkName | 'auto')[];
  /** Words that are none. */
  readonly unknown: readonly string[];
  /** `none` stands beside others. */
  readonly contradicts: boolean;
}

/** Reads `auto`, `none`, or a comma-separated list of names. */
export function parseQuirks(text: string): ParsedQuirks {
  const words = text
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
  const names = words.filter((word): word is QuirkName | 'auto' => word === 'auto' || isQuirkName(word));
  return {
    names,
    unknown: words.filter((word) => word !== 'auto' && word !== 'none' && !isQuirkName(word)),
    contradicts: words.includes('none') && words.length > 1,
  };
}
