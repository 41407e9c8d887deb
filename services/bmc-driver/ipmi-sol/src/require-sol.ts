import {
  getSessionInfo,
  getSolConfig,
  getUserPayloadAccess,
  IpmiError,
  parseSolParameter,
  type Session,
  SOL_PARAMETER,
  SOL_PAYLOAD,
} from '@consolemesh/ipmi';

const thisChannel = 0x0e;

/**
 * Sees whether serial over LAN is switched on, and for this user. What a BMC does not tell is left to the opening of the console.
 * @throws IpmiError SOL_DISABLED
 */
export async function requireSol(session: Session, signal: AbortSignal): Promise<void> {
  const told = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof IpmiError && ['COMMAND_FAILED', 'MALFORMED'].includes(error.code))
        return undefined;
      throw error;
    }
  };
  const { enable } = SOL_PARAMETER;
  const parameter = await told(
    session.run(getSolConfig, { channel: thisChannel, parameter: enable }, { signal }),
  );
  if (parameter && parameter.data.length > 0 && parseSolParameter(enable, parameter.data).enabled === false) {
    throw new IpmiError('SOL_DISABLED', 'serial over LAN is switched off at this BMC');
  }
  const { bmcSessionId: sessionId } = session.info;
  const own = await told(session.run(getSessionInfo, { sessionId }, { signal }));
  if (!own?.session) return;
  const { user } = own.session;
  const access = await told(session.run(getUserPayloadAccess, { channel: thisChannel, user }, { signal }));
  if (access && (access.standard & (1 << SOL_PAYLOAD)) === 0) {
    throw new IpmiError('SOL_DISABLED', `user ${user} may not use serial over LAN at this BMC`);
  }
}
