import { type RfbProfile as ContractProfile, RfbPath } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { parsePixelFormat, type RfbProfile, SECURITY, type SecurityName } from '@consolemesh/rfb';

/** Bytes of a pixel format (RFC 6143 section 7.4). */
const pixelFormatBytes = 16;

/** An endpoint's profile as the RFB library takes it. Throws PLUGIN_ANSWER_INVALID. */
export function profileOf(profile: ContractProfile | undefined): RfbProfile {
  if (!profile) return {};
  const { allowedEncodings, forbiddenEncodings, forcedPixelFormat, maxClientMessageBytes } = profile;
  const format =
    forcedPixelFormat.length === pixelFormatBytes ? parsePixelFormat(forcedPixelFormat, 0) : undefined;
  if (forcedPixelFormat.length > 0 && format === undefined) {
    throw new MeshError('PLUGIN_ANSWER_INVALID', 'The forced pixel format of the endpoint is none.');
  }
  return {
    // The order of the allowed ones is the order in which they are asked for.
    ...(allowedEncodings.length > 0 ? { allowedEncodings, encodingOrder: allowedEncodings } : {}),
    ...(forbiddenEncodings.length > 0 ? { forbiddenEncodings } : {}),
    ...(format ? { forcedPixelFormat: format } : {}),
    ...(maxClientMessageBytes > 0 ? { maxClientMessageBytes } : {}),
    ...(profile.forceShared ? { forcedShared: true } : {}),
    ...(profile.path === RfbPath.TRANSCODE ? { serverPath: 'transcode' as const } : {}),
    ...(profile.path === RfbPath.SPLICE ? { serverPath: 'splice' as const } : {}),
  };
}

/** Names of the security types that may be chosen; `any` when the profile says nothing. Numbers nobody knows are left out. */
export function securityOf(profile: ContractProfile | undefined): SecurityName[] | 'any' {
  const numbers = profile?.allowedSecurityTypes ?? [];
  if (numbers.length === 0) return 'any';
  return (Object.keys(SECURITY) as SecurityName[]).filter((name) => numbers.includes(SECURITY[name].number));
}
