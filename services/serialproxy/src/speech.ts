import type { End, Link, PlainSpeech, Speech } from '@consolemesh/proxy';

/** A sentence of ours on a line of its own amid a machine's output, such as `[consolemesh] The machine does not answer.` */
export function sentence(message: string): Buffer {
  return Buffer.from(`\r\n[consolemesh] ${withoutControls(message)}\r\n`);
}

/** Text that goes to a terminal must not steer it: words may come from elsewhere. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

/** Writes the last words to a client that is not let in; resolves once they have left. */
export function lastWords(link: Link, words: Buffer): Promise<void> {
  return new Promise((resolve) => {
    link.stream.write(words, () => resolve());
    link.stream.once('close', resolve);
  });
}

const speech: Speech = {
  refuse: (link, { message }: End) => lastWords(link, sentence(message)),
  sentence,
};

/**
 * Clients of nova-serialproxy: any of its paths, the token in the query, sub-protocol `binary` or none, bytes in frames of either kind.
 * `base64` is not spoken: those that still offer it (Horizon) offer `binary` before it.
 */
export const plainSpeech: PlainSpeech = { ...speech, paths: ['', 'websockify'], textIsData: true };
