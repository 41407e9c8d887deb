import { runCommandLine } from './run-command-line.ts';
import { watchSignals } from './watch-signals.ts';

// A reader that closes early (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { stop } = watchSignals(process, (code) => process.exit(code));
const { stdout, stderr, stdin, env } = process;
process.exit(await runCommandLine(process.argv.slice(2), { stdout, stderr, stdin, env, stop }));
