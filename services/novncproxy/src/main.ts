import { readSettings } from '@consolemesh/config';
import { createLogger, runService, trustOf } from '@consolemesh/mesh';
import { novncproxySettings, optionsOf } from './config.ts';
import { startNovncproxy } from './start.ts';

/** The process: settings from the environment, then a proxy until SIGTERM; SIGHUP reads the certificate again. */
async function main(): Promise<number> {
  const config = readSettings(novncproxySettings, process.env);
  const logger = createLogger('novncproxy', config.logLevel);
  return await runService(async () => {
    const proxy = await startNovncproxy({ ...optionsOf(config), trust: trustOf(config), logger });
    process.on('SIGHUP', () => proxy.reloadTls());
    return proxy;
  }, logger);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
