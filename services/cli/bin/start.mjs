// `npm start`: installs what is missing, then runs the command line in this very process, so that signals, terminal and exit code are
// its own. Plain JavaScript without dependencies, like what it imports before they are there.
import { ensureInstalled } from './ensure-installed.mjs';

try {
  await ensureInstalled();
} catch (error) {
  process.stderr.write(`consolemesh: ${error.message}\n`);
  process.exit(1);
}
await import('./consolemesh.mjs');
