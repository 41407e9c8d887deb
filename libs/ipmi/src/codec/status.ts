/** Status codes of RMCP+ and RAKP messages (IPMI 2.0 table 13-15). */
export const STATUS = {
  ok: 0x00,
  noResources: 0x01,
  invalidSessionId: 0x02,
  invalidPayloadType: 0x03,
  invalidAuthentication: 0x04,
  invalidIntegrity: 0x05,
  noMatchingAuthentication: 0x06,
  noMatchingIntegrity: 0x07,
  inactiveSessionId: 0x08,
  invalidRole: 0x09,
  unauthorizedRole: 0x0a,
  noResourcesAtRole: 0x0b,
  invalidNameLength: 0x0c,
  unauthorizedName: 0x0d,
  unauthorizedGuid: 0x0e,
  invalidIntegrityCheck: 0x0f,
  invalidConfidentiality: 0x10,
  noMatchingSuite: 0x11,
  illegalParameter: 0x12,
} as const;

/** For error texts. */
export function statusName(status: number): string {
  const name = Object.entries(STATUS).find(([, value]) => value === status)?.[0];
  return `${name ?? 'unknown status'} (0x${status.toString(16).padStart(2, '0')})`;
}

/** Completion codes that this library acts on (IPMI 2.0 table 5-2 and the commands' own). */
export const COMPLETION = {
  ok: 0x00,
  busy: 0xc0,
  invalidCommand: 0xc1,
  timeout: 0xc3,
  outOfSpace: 0xc4,
  lengthInvalid: 0xc7,
  outOfRange: 0xc9,
  notPresent: 0xcb,
  invalidField: 0xcc,
  duplicate: 0xcf,
  insufficientPrivilege: 0xd4,
  notInThisState: 0xd5,
  unspecified: 0xff,
} as const;

/** For error texts. */
export function completionName(code: number): string {
  const name = Object.entries(COMPLETION).find(([, value]) => value === code)?.[0];
  const hex = `0x${code.toString(16).padStart(2, '0')}`;
  return name === undefined ? hex : `${name} (${hex})`;
}
