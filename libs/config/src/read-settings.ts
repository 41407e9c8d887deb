import { ConfigError, type Mistake } from './config-error.ts';
import type { ConfigOf, Settings, Shape } from './define-settings.ts';
import { findUnknown } from './find-unknown.ts';
import { readSecretFile } from './read-secret-file.ts';
import { BadValue, type Setting } from './setting.ts';

export interface ReadOptions {
  /** Variables that other parts of the process read: no mistake when set. */
  alsoKnown?: readonly string[];
  /** Accept every secret inline, also those declared `inlineAllowed: false`. For a process on its user's own machine. */
  inlineSecrets?: boolean;
  /** Variables that begin so have to be known; `CONSOLEMESH_` unless told. */
  prefix?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings once. A variable that is empty counts as unset, as compose files write it (`${X:-}`).
 * @throws ConfigError with every mistake at once: bad values, required ones missing, unreadable secret files, unknown names.
 */
export function readSettings<const S extends Shape>(
  settings: Settings<S>,
  env: Environment,
  options: ReadOptions = {},
): ConfigOf<S> {
  const { alsoKnown = [], inlineSecrets = false, prefix = 'CONSOLEMESH_' } = options;
  const mistakes: Mistake[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings.shape)) {
    try {
      values[name] = readOne(setting, env, inlineSecrets);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      mistakes.push({ variable: error.variable, message: `${error.variable} ${error.message}` });
    }
  }
  mistakes.push(...findUnknown(env, [...settings.variables, ...alsoKnown], prefix));
  const config = Object.freeze(values) as ConfigOf<S>;
  if (mistakes.length === 0 && settings.check) {
    for (const message of settings.check(config)) mistakes.push({ variable: '', message });
  }
  if (mistakes.length > 0) throw new ConfigError(settings.service, mistakes);
  return config;
}

class Rejected extends Error {
  readonly variable: string;
  constructor(variable: string, message: string) {
    super(message);
    this.variable = variable;
  }
}

function readOne<T>(setting: Setting<T>, env: Environment, inlineSecrets: boolean): T {
  const given = setting.secret ? readSecret(setting, env, inlineSecrets) : readPlain(setting, env);
  const value = given?.text ?? setting.default;
  if (value === undefined) {
    if (setting.optional) return undefined as T;
    throw new Rejected(requiredName(setting), `is not set; expected ${setting.expects}`);
  }
  try {
    return setting.parse(value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const advice = error.message || `expected ${setting.expects}`;
    if (setting.secret)
      throw new Rejected(given?.variable ?? setting.env, `holds a value that is not usable: ${advice}`);
    throw new Rejected(setting.env, `is ${quote(value)}; ${advice}`);
  }
}

/** The name to recommend when nothing is set: only the `_FILE` form where inline is refused. */
function requiredName({ env, secret }: Setting<unknown>): string {
  return secret && !secret.inlineAllowed ? `${env}_FILE` : env;
}

interface Given {
  readonly text: string;
  readonly variable: string;
}

function readPlain({ env: variable }: Setting<unknown>, env: Environment): Given | undefined {
  const text = env[variable]?.trim();
  return text ? { text, variable } : undefined;
}

function readSecret(setting: Setting<unknown>, env: Environment, inlineSecrets: boolean): Given | undefined {
  const variable = `${setting.env}_FILE`;
  const path = env[variable]?.trim();
  const text = env[setting.env];
  if (text && path) throw new Rejected(setting.env, `and ${variable} are both set; keep one of them`);
  if (text) {
    if (setting.secret?.inlineAllowed || inlineSecrets) return { text, variable: setting.env };
    throw new Rejected(
      setting.env,
      `holds a secret in the environment; put it into a file and set ${variable} to its path`,
    );
  }
  if (!path) return undefined;
  try {
    return { text: readSecretFile(path), variable };
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new Rejected(variable, error.message);
  }
}

/** The value as a report may show it: on one line, cut short, without the credentials of a URL. */
function quote(value: string): string {
  const shown = value.replaceAll(/\/\/[^/@\s]*@/g, '//[secret]@');
  return JSON.stringify(shown.length > 100 ? `${shown.slice(0, 100)}…` : shown);
}
