import { type Conductor, type Context, createContext } from '../context.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Ask } from './ask.ts';

/** How long a shell may be kept waiting, ms. */
const patienceMs = 1_500;
/** Most words that are offered. */
const mostWords = 1_000;

/**
 * Prints what can complete a word, a line each: for shells, by way of the completion scripts. `current` is the word so far and `words` are
 * those before it, whose options count (`--api`). Prints nothing and never fails when the mesh does not answer in time.
 */
export async function printWords(
  context: Context,
  _options: object,
  ask: Ask,
  current: string,
  words: string[],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), patienceMs);
  });
  const found = findWords(context, ask, current, words).catch(() => []);
  const answer = await Promise.race([found, late]);
  clearTimeout(timer);
  // Words come from elsewhere, and shells split them and look for special characters.
  const fit = answer.filter((word) => word.startsWith(current) && /^[\w.=-]+$/.test(word));
  context.io.stdout.write(fit.map((word) => `${word}\n`).join(''));
}

async function findWords(context: Context, ask: Ask, current: string, words: string[]): Promise<string[]> {
  const options = { ...context.options, ...givenOptions(words) };
  // Nobody types a password while a word is completed.
  if (options.user !== undefined && options.passwordFile === undefined) return [];
  using asked = createContext(context.io, options);
  const conductor = await asked.conductor(patienceMs);
  switch (ask) {
    case 'nodes': {
      const { nodes } = await conductor.nodes.listNodes({ namePrefix: current, pageSize: mostWords });
      return nodes.map(({ name }) => name);
    }
    case 'sessions': {
      const { sessions } = await conductor.sessions.listSessions({ pageSize: mostWords });
      return sessions.map(({ id }) => id);
    }
    case 'providers':
      return (await conductor.inventory.listProviders({})).providers.map(({ name }) => name);
    case 'drivers':
    case 'interface-drivers': {
      const { drivers } = await conductor.inventory.listDrivers({});
      return [...drivers.map(({ name }) => name), ...(ask === 'drivers' ? [] : ['auto', 'none'])];
    }
    case 'info-keys':
      return await optionKeys(conductor, 'driver_info', words);
    case 'secret-keys':
      return await optionKeys(conductor, 'driver_secrets', words);
  }
}

/** Options of the drivers that a command line names, or that its node has, or of all drivers: `vnc_port=`. */
async function optionKeys(conductor: Conductor, group: string, words: string[]): Promise<string[]> {
  const [{ drivers }, wanted] = await Promise.all([
    conductor.inventory.listDrivers({}),
    chosenDrivers(conductor, words),
  ]);
  const meant = drivers.filter(({ name }) => wanted.includes(name));
  const keys = (meant.length > 0 ? meant : drivers).flatMap(({ optionsSchema }) => {
    const { properties } = JSON.parse(optionsSchema) as {
      properties?: Record<string, { properties?: object }>;
    };
    return Object.keys(properties?.[group]?.properties ?? {});
  });
  return keys.map((key) => `${key}=`);
}

async function chosenDrivers(conductor: Conductor, words: string[]): Promise<readonly string[]> {
  const named = ['--graphical', '--serial', '--power'].flatMap((option) => valueIn(words, option) ?? []);
  if (named.length > 0) return named;
  const at = words.indexOf('set');
  const node = words[at + 1];
  if (at < 0 || node === undefined || node.startsWith('-')) return [];
  const { interfaces } = (await conductor.nodes.getNode({ node })).node!;
  return interfaces ? [interfaces.graphical, interfaces.serial, interfaces.power] : [];
}

/** The options of a command line that say where the mesh is and who asks. */
function givenOptions(words: string[]): Partial<GlobalOptions> {
  const options = {
    api: '--api',
    tlsCa: '--tls-ca',
    tlsCertificate: '--tls-certificate',
    tlsKey: '--tls-key',
    user: '--user',
    passwordFile: '--password-file',
    bearerFile: '--bearer-file',
    trustDomain: '--trust-domain',
  };
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, option]) => {
      const value = valueIn(words, option);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** The value of an option in a command line, `--option value` or `--option=value`; bash makes three words of the latter. */
function valueIn(words: string[], option: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`${option}=`));
  if (joined !== undefined) return joined.slice(option.length + 1);
  const at = words.indexOf(option);
  if (at < 0) return undefined;
  return words[at + 1] === '=' ? words[at + 2] : words[at + 1];
}
