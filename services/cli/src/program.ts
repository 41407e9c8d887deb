import { Command, type Help, Option } from 'commander';
import type { Run } from './action.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addCertsCommands } from './commands/certs.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConsoleCommands } from './commands/console.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addNodeCommands } from './commands/node.ts';
import { addPluginCommands } from './commands/plugin.ts';
import { addPowerCommands } from './commands/power.ts';
import { addSessionCommands } from './commands/session.ts';
import { addTokenCommands } from './commands/token.ts';
import { addUpCommand } from './commands/up.ts';

/** Heading of the options that every command has. */
const everywhere = 'Options of every command:';

/** The whole command line, for one run. Nothing in it exits the process, and what is wrong with a command line is thrown, not written. */
export function createProgram(run: Run): Command {
  const { io } = run;
  const program = new Command('consolemesh')
    .description('Browser graphical and serial consoles for bare-metal servers.')
    .version('0.1.0', '--version', 'say which version this is')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Help that nobody asked for, and mistakes: whoever runs the program reports both, in the form that is asked for.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? 110, 110),
    })
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: inheritedOptions,
      styleTitle: (title) => (title === 'Global Options:' ? everywhere : title),
    });
  for (const option of globalOptions(io.env)) program.addOption(option.helpGroup(everywhere));

  addUpCommand(program, run);
  addNodeCommands(program, run);
  addConsoleCommands(program, run);
  addSessionCommands(program, run);
  addPluginCommands(program, run);
  addPowerCommands(program, run);
  addTokenCommands(program, run);
  addAuditCommands(program, run);
  addCertsCommands(program, run);
  addKeysCommands(program, run);
  addDoctorCommand(program, run);
  addCompletionCommand(program, run);
  return program;
}

/** The options of the program that count for a command of it, too. */
function inheritedOptions(this: Help, command: Command): Option[] {
  if (!command.parent) return [];
  let root = command.parent;
  while (root.parent) root = root.parent;
  return root.options.filter(({ long, hidden }) => !hidden && long !== '--version');
}

/** Options of every command. Their variables are those of the services, so that one environment serves both. */
function globalOptions(env: Run['io']['env']): Option[] {
  const option = (flags: string, variable: string, doc: string, fallback?: string) =>
    new Option(flags, `${doc} (${variable})`).default(env[variable] || fallback, fallback);
  return [
    option('--api <target>', 'CONSOLEMESH_API', 'where the conductor answers', '127.0.0.1:7110'),
    option(
      '--token-api <target>',
      'CONSOLEMESH_TOKEN_API',
      'where the token service answers',
      '127.0.0.1:7120',
    ),
    option('--tls-ca <file>', 'CONSOLEMESH_TLS_CA_FILE', 'PEM of the authority of the mesh'),
    option('--tls-certificate <file>', 'CONSOLEMESH_TLS_CERTIFICATE_FILE', 'PEM of your certificate'),
    option('--tls-key <file>', 'CONSOLEMESH_TLS_KEY_FILE', 'PEM of its key'),
    option(
      '--user <name>',
      'CONSOLEMESH_USER',
      'your name, where you have a password instead of a certificate',
    ),
    option(
      '--password-file <file>',
      'CONSOLEMESH_PASSWORD_FILE',
      'file with that password; a terminal is asked for it otherwise',
    ),
    option(
      '--bearer-file <file>',
      'CONSOLEMESH_BEARER_FILE',
      'file with a token of your OpenID provider instead; read anew for each call',
    ),
    option(
      '--trust-domain <name>',
      'CONSOLEMESH_TRUST_DOMAIN',
      'trust domain of the mesh',
      'consolemesh.local',
    ),
    new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'),
    new Option('-q, --quiet', 'print the answer and errors only'),
  ];
}
