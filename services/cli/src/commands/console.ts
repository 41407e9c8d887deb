import { type Command, Option } from 'commander';
import { action, type Run } from '../action.ts';
import { consoleKinds, observedStates } from './choices.ts';
import { kindOption, limitOption } from './options.ts';

/** `consolemesh console …`: switching consoles on and off, and opening them. */
export function addConsoleCommands(program: Command, run: Run): void {
  const console = program.command('console').description('their consoles');
  const wait = () =>
    new Option('-w, --wait [duration]', 'answer when it is done, at most this long (60s unless told)').preset(
      '60s',
    );

  console
    .command('enable <node>')
    .description('switch a console on')
    .addOption(kindOption())
    .addOption(wait())
    .action(action(run, async () => (await import('./console/enable.ts')).enableConsole));

  console
    .command('disable <node>')
    .description('switch a console off; its sessions end')
    .addOption(kindOption())
    .option('--linger <duration>', 'let its open sessions go on this long')
    .addOption(
      new Option(
        '--force',
        'give it up when it cannot be stopped; what it changed at the machine stays',
      ).conflicts('linger'),
    )
    .addOption(wait())
    .action(action(run, async () => (await import('./console/disable.ts')).disableConsole));

  console
    .command('show <node>')
    .description('show how a console is, and why')
    .addOption(kindOption())
    .action(action(run, async () => (await import('./console/show.ts')).showConsole));

  console
    .command('list')
    .description('list consoles by node and kind')
    .option('--node <node>', 'only of this machine')
    .addOption(new Option('-k, --kind <kind>', 'only of this kind').choices(consoleKinds))
    .addOption(new Option('--state <state>', 'only in this state').choices(observedStates))
    .addOption(limitOption())
    .action(action(run, async () => (await import('./console/list.ts')).listConsoles));

  console
    .command('log <node>')
    .description('print what a recorded serial console has said, as lines with times unless told')
    .option('--since <time>', 'not before a time (ISO 8601), or not longer ago than 30m, 8h, 7d')
    .option('--until <time>', 'before a time, or longer ago than that')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .addOption(
      new Option('--plain', 'lines of text without escape sequences').conflicts(['raw', 'asciicast']),
    )
    .addOption(new Option('--raw', 'every byte as it was said').conflicts('asciicast'))
    .option('--asciicast <file>', 'write a file for `asciinema play` (- is standard output)')
    .action(action(run, async () => (await import('./console/log.ts')).readConsoleLog));

  console
    .command('attach <node>')
    .description(
      'open a serial console in this terminal, or between pipes; ~? right after Enter explains its keys',
    )
    .option('--view', 'see the output, send no input')
    .option('--take', 'take the pen, and a place when there is none')
    .option(
      '--escape <character>',
      'what begins a key of this program, or none (~ at a terminal, none in a pipe)',
    )
    .option(
      '--linger <duration>',
      'in a pipe: leave when it was silent so long after the input has ended (1s)',
    )
    .option(
      '--door <address>',
      'where the line door of the serial proxy is, host:port; the host of the page and 6092 unless told (CONSOLEMESH_LINE_DOOR)',
    )
    .option(
      '--door-ca <file>',
      'PEM of the authority of its certificate; those of the system unless told (CONSOLEMESH_LINE_DOOR_CA_FILE)',
    )
    .action(action(run, async () => (await import('./console/attach.ts')).attachConsole));

  console
    .command('url <node>')
    .description('make a URL that opens a console in a browser; whoever has it can open it')
    .addOption(kindOption())
    .option('--view-only', 'see the output, send no input')
    .option('--ttl <duration>', 'how long it can be opened (the token service decides unless told)')
    .option('--single-use', 'good for one opening')
    .option('--subject <name>', 'who it is for, shown to others')
    .action(action(run, async () => (await import('./console/url.ts')).createUrl));
}
