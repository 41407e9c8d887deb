import { runService } from '@consolemesh/mesh';
import { proxyOptionsOf } from '@consolemesh/proxy';
import { novncproxySettings } from './config.ts';
import { startNovncproxy } from './start.ts';

process.exit(
  await runService(novncproxySettings, process.env, async (config, { logger, trust }) => {
    const proxy = await startNovncproxy({ ...proxyOptionsOf(config), trust, logger });
    // The certificate of the door is read again.
    process.on('SIGHUP', () => proxy.reloadTls());
    return proxy;
  }),
);
