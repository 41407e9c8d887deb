/** One thing wrong with the environment. `message` names the variable and says what to do; it never holds a secret. */
export interface Mistake {
  readonly variable: string;
  readonly message: string;
}

/** Everything that is wrong with a service's environment, in the order of its settings. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly service: string;
  readonly mistakes: readonly Mistake[];

  constructor(service: string, mistakes: readonly Mistake[]) {
    super(mistakes.map(({ message }) => message).join('\n'));
    this.service = service;
    this.mistakes = Object.freeze([...mistakes]);
  }
}

/** The report for a terminal: one line per mistake, each beginning with the service's name. */
export function formatConfigError(error: ConfigError): string {
  return error.mistakes.map(({ message }) => `${error.service}: ${message}`).join('\n');
}
