import { inspect } from 'node:util';

/**
 * A value that must not be printed. Template strings, `JSON.stringify`, `console.log` and `util.inspect` all show
 * `[secret]`; the text itself comes out of {@link Secret.reveal} only, so every use of it can be found by name.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The text. Hand it to the library that needs it; do not store or print it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
