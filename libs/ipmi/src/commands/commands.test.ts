import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IpmiError } from '../errors.ts';
import { activatePayload } from './activate-payload.ts';
import { getAuthCapabilities } from './auth-capabilities.ts';
import {
  BOOT_DEVICE,
  type BootDevice,
  encodeBootFlags,
  getBootOption,
  parseBootFlags,
  setBootOption,
} from './boot-options.ts';
import { CHASSIS, type ChassisAction, chassisControl } from './chassis-control.ts';
import { getChassisStatus } from './chassis-status.ts';
import { encodeSuiteRecords, getCipherSuites, parseSuiteRecords } from './cipher-suites.ts';
import { closeSession } from './close-session.ts';
import type { Command } from './command.ts';
import { deactivatePayload } from './deactivate-payload.ts';
import { getDeviceId } from './device-id.ts';
import { getPayloadInstance } from './payload-instance.ts';
import { getPayloadActivation } from './payload-status.ts';
import { getPayloadSupport } from './payload-support.ts';
import { getSessionInfo } from './session-info.ts';
import { setSessionPrivilege } from './set-privilege.ts';
import { getSolConfig, parseSolParameter, setSolConfig } from './sol-config.ts';
import { getUserPayloadAccess, setUserPayloadAccess } from './user-payload-access.ts';
import { getUserAccess, getUserName, setUserAccess, setUserName, setUserPassword } from './users.ts';

const bits = (n: number) => fc.nat(2 ** n - 1);
const u8 = bits(8);
const u16 = bits(16);
const u32 = bits(32);
const flag = fc.boolean();
const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((b) => Buffer.from(b));
const nothing = fc.constant({});
const onPayload = { payloadType: bits(6), instance: bits(4) };
const access = { callbackOnly: flag, linkAuthentication: flag, messaging: flag };
const name = fc.stringMatching(/^[ -~]{0,16}$/);

/** A command with arbitrary requests and responses. */
function row<Req, Res>(
  command: Command<Req, Res>,
  request: fc.Arbitrary<Req>,
  response: fc.Arbitrary<Res>,
): {
  name: string;
  command: Command<unknown, unknown>;
  request: fc.Arbitrary<unknown>;
  response: fc.Arbitrary<unknown>;
} {
  return { name: command.name, command: command as Command<unknown, unknown>, request, response };
}

const rows = [
  row(
    getAuthCapabilities,
    fc.record({ v2: flag, channel: bits(4), privilege: bits(4) }),
    fc.record({
      channel: bits(4),
      v2: flag,
      types: bits(6),
      kgSet: flag,
      perMessageDisabled: flag,
      userLevelDisabled: flag,
      namedUsers: flag,
      emptyNames: flag,
      anonymous: flag,
      ipmi2: flag,
      ipmi15: flag,
      oem: bits(24),
      oemData: u8,
    }),
  ),
  row(
    getCipherSuites,
    fc.record({ channel: bits(4), index: bits(6) }),
    fc.record({ channel: bits(4), part: bytes(0, 16) }),
  ),
  row(setSessionPrivilege, fc.record({ privilege: bits(4) }), fc.record({ privilege: bits(4) })),
  row(closeSession, fc.record({ sessionId: u32 }), nothing),
  row(
    getDeviceId,
    nothing,
    fc.record(
      {
        deviceId: u8,
        deviceRevision: bits(4),
        providesSdrs: flag,
        firmware: fc.record({ major: bits(7), minor: fc.nat(99) }),
        updating: flag,
        ipmiVersion: fc.record({ major: bits(4), minor: bits(4) }),
        supports: u8,
        manufacturer: bits(20),
        product: u16,
        auxiliary: bytes(4),
      },
      {
        requiredKeys: [
          'deviceId',
          'deviceRevision',
          'providesSdrs',
          'firmware',
          'updating',
          'ipmiVersion',
          'supports',
          'manufacturer',
          'product',
        ],
      },
    ),
  ),
  row(
    activatePayload,
    fc.record({
      ...onPayload,
      encrypt: flag,
      authenticate: flag,
      testMode: flag,
      alerts: fc.constantFrom('fail', 'deferred', 'succeed', 'reserved'),
      startDeasserted: flag,
    }),
    fc.record({ inboundBytes: u16, outboundBytes: u16, port: u16, vlan: u16 }),
  ),
  row(deactivatePayload, fc.record(onPayload), nothing),
  row(
    getPayloadActivation,
    fc.record({ payloadType: bits(6) }),
    fc.record({ capacity: bits(4), active: u16 }),
  ),
  row(getPayloadInstance, fc.record(onPayload), fc.record({ owner: u32, information: bytes(8) })),
  row(getPayloadSupport, fc.record({ channel: bits(4) }), fc.record({ standard: u16, setup: u16, oem: u16 })),
  row(
    getUserPayloadAccess,
    fc.record({ channel: bits(4), user: bits(6) }),
    fc.record({ standard: u16, oem: u16 }),
  ),
  row(
    setUserPayloadAccess,
    fc.record({ channel: bits(4), user: bits(6), enable: flag, standard: u16, oem: u16 }),
    nothing,
  ),
  row(
    getSolConfig,
    fc.record(
      { channel: bits(4), parameter: bits(7), revisionOnly: fc.constant(true) },
      { requiredKeys: ['channel', 'parameter'] },
    ),
    fc.record({ revision: u8, data: bytes(0, 16) }),
  ),
  row(setSolConfig, fc.record({ channel: bits(4), parameter: bits(7), data: bytes(0, 16) }), nothing),
  row(
    getChassisStatus,
    nothing,
    fc.record({
      powerOn: flag,
      overload: flag,
      interlock: flag,
      powerFault: flag,
      controlFault: flag,
      restorePolicy: fc.constantFrom('off', 'previous', 'on', 'unknown'),
      lastEvent: u8,
      miscellaneous: u8,
    }),
  ),
  row(
    chassisControl,
    fc.record({ action: fc.constantFrom(...(Object.keys(CHASSIS) as ChassisAction[])) }),
    nothing,
  ),
  row(setBootOption, fc.record({ parameter: bits(7), invalid: flag, data: bytes(0, 16) }), nothing),
  row(
    getBootOption,
    fc.record({ parameter: bits(7) }),
    fc.record({ parameter: bits(7), invalid: flag, data: bytes(0, 16) }),
  ),
  row(
    getUserAccess,
    fc.record({ channel: bits(4), user: bits(6) }),
    fc.record({
      maxUsers: bits(6),
      enabledUsers: bits(6),
      fixedNames: bits(6),
      ...access,
      privilege: bits(4),
    }),
  ),
  row(
    setUserAccess,
    fc.record(
      { channel: bits(4), user: bits(6), privilege: bits(4), access: fc.record(access) },
      { requiredKeys: ['channel', 'user', 'privilege'] },
    ),
    nothing,
  ),
  row(getUserName, fc.record({ user: bits(6) }), fc.record({ name })),
  row(setUserName, fc.record({ user: bits(6), name }), nothing),
  row(
    setUserPassword,
    fc.oneof(
      fc.record({ user: bits(6), operation: fc.constantFrom('enable' as const, 'disable' as const) }),
      fc.record({
        user: bits(6),
        operation: fc.constantFrom('set' as const, 'test' as const),
        password: fc.oneof(bytes(16), bytes(20)),
      }),
    ),
    nothing,
  ),
  row(
    getSessionInfo,
    fc.record({ sessionId: u32 }),
    fc.record(
      {
        handle: u8,
        maxSessions: bits(6),
        activeSessions: bits(6),
        session: fc.record(
          {
            user: bits(6),
            privilege: bits(4),
            channel: bits(4),
            address: fc.constant('192.0.2.7'),
            port: u16,
          },
          { requiredKeys: ['user', 'privilege', 'channel', 'address', 'port'] },
        ),
      },
      { requiredKeys: ['handle', 'maxSessions', 'activeSessions'] },
    ),
  ),
];

function onlyIpmiErrors(parse: () => unknown) {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(IpmiError);
    expect((error as IpmiError).code).toBe('MALFORMED');
  }
}

describe.each(rows)('$name', ({ command, request, response }) => {
  it('reads the request that it writes', () => {
    fc.assert(
      fc.property(request, (r) => void expect(command.parseRequest(command.encodeRequest(r))).toEqual(r)),
    );
  });

  it('reads the response that it writes', () => {
    fc.assert(
      fc.property(response, (r) => void expect(command.parseResponse(command.encodeResponse(r))).toEqual(r)),
    );
  });

  it('meets nonsense with IpmiError alone', () => {
    fc.assert(
      fc.property(bytes(0, 40), (data) => {
        onlyIpmiErrors(() => command.parseRequest(data));
        onlyIpmiErrors(() => command.parseResponse(data));
      }),
    );
  });
});

describe('cipher suite records', () => {
  const record = fc.record(
    { id: u8, oem: bits(24), authentication: bits(6), integrity: bits(6), confidentiality: bits(6) },
    { requiredKeys: ['id'] },
  );

  it('are read as they are written', () => {
    fc.assert(
      fc.property(
        fc.array(record),
        (records) => void expect(parseSuiteRecords(encodeSuiteRecords(records))).toEqual(records),
      ),
    );
  });

  it('are read from the list that a BMC with suites 3 and 17 sends', () => {
    const list = Buffer.from('c003014181' + 'c011034481', 'hex');
    expect(parseSuiteRecords(list)).toEqual([
      { id: 3, authentication: 1, integrity: 1, confidentiality: 1 },
      { id: 17, authentication: 3, integrity: 4, confidentiality: 1 },
    ]);
  });

  it('meet nonsense with IpmiError alone', () => {
    fc.assert(fc.property(bytes(0, 64), (list) => onlyIpmiErrors(() => parseSuiteRecords(list))));
  });
});

describe('boot flags', () => {
  it('are read as they are written', () => {
    const flags = fc.record({
      valid: flag,
      persistent: flag,
      uefi: flag,
      device: fc.constantFrom(...(Object.keys(BOOT_DEVICE) as BootDevice[])),
    });
    fc.assert(fc.property(flags, (f) => void expect(parseBootFlags(encodeBootFlags(f))).toEqual(f)));
  });

  it('of "network once, UEFI" are the bytes that ipmitool sends', () => {
    const flags = { valid: true, persistent: false, uefi: true, device: 'network' } as const;
    expect(encodeBootFlags(flags).toString('hex')).toBe('a004000000');
  });

  it('meet nonsense with IpmiError alone', () => {
    fc.assert(fc.property(bytes(0, 8), (data) => onlyIpmiErrors(() => parseBootFlags(data))));
  });
});

describe('SOL parameters', () => {
  it('are read in their units', () => {
    expect(parseSolParameter(1, Buffer.from([1]))).toEqual({ enabled: true });
    expect(parseSolParameter(2, Buffer.from([0xc3]))).toEqual({
      forceEncryption: true,
      forceAuthentication: true,
      privilege: 3,
    });
    expect(parseSolParameter(3, Buffer.from([12, 96]))).toEqual({ accumulateMs: 60, sendThreshold: 96 });
    expect(parseSolParameter(4, Buffer.from([7, 50]))).toEqual({ retries: 7, retryMs: 500 });
    expect(parseSolParameter(6, Buffer.from([10]))).toEqual({ bitRate: 115_200 });
    expect(parseSolParameter(8, Buffer.from([0x6f, 0x02]))).toEqual({ port: 623 });
  });

  it('meet nonsense with IpmiError alone', () => {
    fc.assert(fc.property(u8, bytes(0, 4), (p, data) => onlyIpmiErrors(() => parseSolParameter(p, data))));
  });
});
