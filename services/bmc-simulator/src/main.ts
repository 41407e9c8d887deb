import { readFileSync } from 'node:fs';
import { formatAddress } from '@consolemesh/config';
import { runService } from '@consolemesh/mesh';
import { type Config, settings } from './config.ts';
import { startSimulatedMachine } from './index.ts';

process.exit(
  await runService(settings, process.env, async (config, { logger }) => {
    const simulated = await startSimulatedMachine({
      name: config.name,
      seed: config.seed,
      stage: config.stage,
      listen: config.listen,
      password: config.password?.reveal(),
      security: config.security,
      tls: readTls(config),
      tlsFromFirstByte: config.tlsFirst,
      maxSessions: config.maxSessions,
      misbehave: Object.assign({}, ...(config.misbehave ?? [])),
      onProblem: (problem) => logger.info({ problem }, 'a viewer failed'),
    });
    return {
      describe: `${config.name}: VNC on ${formatAddress(simulated.address)}`,
      [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
    };
  }),
);

function readTls({ tlsKey, tlsCertificate }: Config) {
  if (!tlsKey || !tlsCertificate) return undefined;
  return { key: readFileSync(tlsKey, 'utf8'), cert: readFileSync(tlsCertificate, 'utf8') };
}
