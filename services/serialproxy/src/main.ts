import { runService } from '@consolemesh/mesh';
import { optionsOf, serialproxySettings } from './config.ts';
import { startSerialproxy } from './start.ts';

process.exit(
  await runService(serialproxySettings, process.env, async (config, { logger, trust }) => {
    const proxy = await startSerialproxy({ ...optionsOf(config), trust, logger });
    // The certificates of both doors are read again.
    process.on('SIGHUP', () => proxy.reloadTls());
    return proxy;
  }),
);
