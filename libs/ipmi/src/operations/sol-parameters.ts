import { getSolConfig, parseSolParameter, SOL_PARAMETER, type SolConfig } from '../commands/sol-config.ts';
import { IpmiError } from '../errors.ts';
import type { RunOptions } from '../session/command-queue.ts';
import type { Session } from '../session/session.ts';

const THIS_CHANNEL = 0x0e;
const WANTED = [
  SOL_PARAMETER.enable,
  SOL_PARAMETER.authentication,
  SOL_PARAMETER.accumulate,
  SOL_PARAMETER.retry,
  SOL_PARAMETER.nonVolatileBitRate,
  // After the stored rate, so that it wins: it is the one in force.
  SOL_PARAMETER.volatileBitRate,
  SOL_PARAMETER.channel,
  SOL_PARAMETER.port,
];

/** How SOL is configured on the BMC. What it does not tell is left out: few BMCs know all parameters. */
export async function readSolParameters(session: Session, options: RunOptions = {}): Promise<SolConfig> {
  const config: SolConfig = {};
  for (const parameter of WANTED) {
    try {
      const { data } = await session.run(getSolConfig, { channel: THIS_CHANNEL, parameter }, options);
      Object.assign(config, parseSolParameter(parameter, data));
    } catch (error) {
      const untold = error instanceof IpmiError && ['COMMAND_FAILED', 'MALFORMED'].includes(error.code);
      if (!untold) throw error;
    }
  }
  return config;
}
