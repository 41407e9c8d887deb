/** Keys that leave a console. */
export interface ExitKeys {
  readonly bytes: Buffer;
  /** They mean something at the beginning of a line only, as `~.` does; elsewhere they would be typed into the machine. */
  readonly atLineStart: boolean;
}

/**
 * Reads keys in caret notation: `^\` is Ctrl-\, `^[` is Escape, everything else stands for itself.
 * Undefined when a caret has nothing behind it that could be a control character.
 */
export function readExitKeys(text: string): ExitKeys | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '^') {
      bytes.push(text.charCodeAt(at));
      continue;
    }
    at += 1;
    const control = controlOf(text[at] ?? '');
    if (control === undefined) return undefined;
    bytes.push(control);
  }
  return keys(bytes);
}

/** What stands around the keys: "Press ~. to exit console", "Type <CTRL>-\\ to leave". */
const before = /^\s*(?:(?:please|press|type|enter|use|hit|the|keys?|sequence)\s+)*/i;
const after = /\s+(?:key\s+)?(?:to|in order to|for)\s.*$|\s+keys?$/i;
const quotes = /^['"`]+|['"`]+$/g;

/**
 * Understands the text by which Redfish tells people how to leave a console (`HotKeySequenceDisplay`): "Press ~. to exit console",
 * "Ctrl-\", "ESC (". Undefined for everything that could mean something else, because wrong keys go to the machine.
 */
export function readHotKeyDisplay(display: string): ExitKeys | undefined {
  const rest = display.replace(before, '').replace(after, '').trim().replace(quotes, '').trim();
  if (rest === '~.') return keys([...Buffer.from(rest)]);
  const control = /^(?:<?(?:ctrl|control)>?\s*[-+]?\s*|\^)([A-Za-z@[\\\]^_])$/i.exec(rest);
  if (control) return keys([controlOf(control[1]!)!]);
  const escaped = /^<?(?:esc|escape)>?\s*[-+]?\s*([(){}[\]A-Za-z])$/i.exec(rest);
  return escaped ? keys([0x1b, escaped[1]!.charCodeAt(0)]) : undefined;
}

function keys(bytes: readonly number[]): ExitKeys {
  return { bytes: Buffer.from(bytes), atLineStart: bytes[0] === '~'.charCodeAt(0) };
}

/** Ctrl with a key: its five low bits. */
function controlOf(key: string): number | undefined {
  return /^[A-Za-z@[\\\]^_]$/.test(key) ? key.toUpperCase().charCodeAt(0) & 0x1f : undefined;
}
