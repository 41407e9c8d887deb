import { StartConsoleResponse } from '@consolemesh/contracts/driver';
import { MeshError } from '@consolemesh/errors';

/** Longest `driver_state` and `restore_state` that the contract allows, bytes. */
export const maxStateBytes = 16 * 1024;

/** What the SDK keeps in `driver_state` beside the driver's own state, so that any instance can answer for a console. */
export interface StateEnvelope {
  /** What StartConsole answered, without the state itself. */
  readonly answer: StartConsoleResponse;
  /** The driver's own state. */
  readonly state: Buffer;
}

/**
 *     +---------+---------------------+-------------------------+--------------------+
 *     | 1: 0x01 | 4: length of answer | StartConsoleResponse    | the driver's state |
 *     | version | big-endian          | without driver_state    |                    |
 *     +---------+---------------------+-------------------------+--------------------+
 * @throws MeshError PLUGIN_ANSWER_INVALID when it does not fit into 16 KiB
 */
export function encodeState({ answer, state }: StateEnvelope): Buffer {
  const body = StartConsoleResponse.encode({ ...answer, driverState: Buffer.alloc(0) }).finish();
  const bytes = Buffer.alloc(5 + body.length + state.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32BE(body.length, 1);
  bytes.set(body, 5);
  bytes.set(state, 5 + body.length);
  if (bytes.length > maxStateBytes) {
    throw new MeshError(
      'PLUGIN_ANSWER_INVALID',
      `The driver's state makes ${bytes.length} bytes; at most ${maxStateBytes} are allowed.`,
    );
  }
  return bytes;
}

/** The inverse; undefined when the bytes are none of ours (nothing was started yet, or another version wrote them). */
export function decodeState(bytes: Buffer): StateEnvelope | undefined {
  if (bytes.length < 5 || bytes[0] !== 1) return undefined;
  const end = 5 + bytes.readUInt32BE(1);
  if (end > bytes.length) return undefined;
  try {
    return {
      answer: StartConsoleResponse.decode(bytes.subarray(5, end)),
      state: Buffer.from(bytes.subarray(end)),
    };
  } catch {
    return undefined;
  }
}
