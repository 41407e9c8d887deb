import { Argument, type Command } from 'commander';
import { action, type Run } from '../action.ts';
import { completionScript, type Shell, shells } from '../completion/script.ts';

/** `consolemesh completion …`. */
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
    .action(
      action(run, async ({ io }, _options, shell: Shell) => {
        io.stdout.write(completionScript(shell, program));
      }),
    );
}
