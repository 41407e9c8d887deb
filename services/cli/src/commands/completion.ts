import { Argument, type Command } from 'commander';
import { action, type Run } from '../action.ts';
import { asks, wordsCommand } from '../completion/ask.ts';
import { shells } from '../completion/shells.ts';

/** `consolemesh completion …`, and the hidden command that the scripts ask. */
export function addCompletionCommand(program: Command, run: Run): void {
  program
    .command('completion')
    .description('print what makes a shell complete this command line')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      '\nFor bash, in ~/.bashrc:\n  eval "$(consolemesh completion bash)"\nFor zsh, in ~/.zshrc after compinit:\n' +
        '  eval "$(consolemesh completion zsh)"\nFor fish:\n  consolemesh completion fish > ~/.config/fish/completions/consolemesh.fish',
    )
    .action(action(run, async () => (await import('../completion/print-script.ts')).printScript(program)));

  program
    .command(wordsCommand, { hidden: true })
    .addArgument(new Argument('<what>').choices(asks))
    .argument('<current>')
    .argument('[words...]')
    .action(action(run, async () => (await import('../completion/print-words.ts')).printWords));
}
