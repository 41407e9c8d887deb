import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import { kindOption } from './options.ts';

/** `consolemesh doctor`: finds out what stands between a user and a console. */
export function addDoctorCommand(program: Command, run: Run): void {
  program
    .command('doctor <node>')
    .description('check step by step why a console does not open, and say what to do')
    .addOption(kindOption())
    .action(action(run, async () => (await import('../doctor/examine.ts')).examine));
}
