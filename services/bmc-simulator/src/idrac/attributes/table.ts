import type { Identity } from '../../machine/identity.ts';
import type { Lockout } from '../bmc/create-logins.ts';
import type { Generation, IdracUser } from '../bmc/types.ts';
import type { IdracAttribute } from './attribute.ts';
import { enumeration, group, integer, ipmiPrivileges, onOff, string } from './describe.ts';

export interface TableOptions {
  readonly generation: Generation;
  readonly identity: Identity;
  readonly users: readonly IdracUser[];
  readonly lockout: Lockout;
  /** The VNC server's, 1024 to 65535. */
  readonly vncPort: number;
  readonly lockdown: boolean;
}

/** The service tag of a simulated server: seven letters and digits, as everywhere in this BMC's world. */
export function serviceTag({ serial }: Identity): string {
  return serial.slice(-7);
}

export function firmwareVersion(generation: Generation): string {
  return generation === '8' ? '2.40.40.40' : '5.10.00.00';
}

/**
 * Every attribute of the simulated card: names, kinds, ranges and defaults as a 13th generation server lists them; MaxSessions and
 * ActiveSessions of the VNC server since generation 9.
 */
export function idracAttributes(options: TableOptions): IdracAttribute[] {
  return [
    ...information(options),
    ...network(options),
    ...logs(),
    ...consoles(options),
    ...services(options),
    ...options.users.flatMap((user, index) => userSlot(index + 2, user)),
    ...Array.from({ length: 15 - options.users.length }, (_, index) =>
      userSlot(index + 2 + options.users.length),
    ).flat(),
  ];
}

function information({ generation, identity }: TableOptions): IdracAttribute[] {
  const fixed = (now: string) => ({ now, readOnly: true });
  const types = ['12G/13G', '13G Monolithic', '13G Modular', '14G Monolithic', '14G Modular'] as const;
  return [
    ...group('Info.1', 'RAC Information', [
      string(1, ['Product'], 63, undefined, fixed('Integrated Remote Access Controller')),
      string(2, ['Description'], 255, undefined, fixed('A simulated remote management controller')),
      string(3, ['Version'], 63, undefined, fixed(firmwareVersion(generation))),
      string(4, ['Build'], 16, undefined, fixed('45')),
      string(5, ['Name'], 15, 'iDRAC', fixed(`idrac-${serviceTag(identity)}`)),
      enumeration(
        6,
        ['Type'],
        types,
        '12G/13G',
        fixed(generation === '8' ? '13G Monolithic' : '14G Monolithic'),
      ),
      string(7, ['ServerGen'], 10, undefined, fixed(generation === '8' ? '13G' : '14G')),
    ]),
  ];
}

function network({ identity, lockout }: TableOptions): IdracAttribute[] {
  const [nic] = identity.nics;
  const name = `idrac-${serviceTag(identity)}`;
  return [
    ...group('NIC.1', 'NIC Information', [
      enumeration(51, ['Enable', 'NIC Enable'], onOff, 'Enabled'),
      string(52, ['MACAddress'], 17, undefined, { now: nic?.mac, readOnly: true }),
      enumeration(53, ['Selection'], ['Dedicated', 'LOM1', 'LOM2', 'LOM3', 'LOM4'], 'Dedicated'),
      enumeration(55, ['Autoneg', 'NIC Auto Negotiation'], onOff, 'Enabled'),
      enumeration(56, ['Speed', 'NIC Speed'], ['10', '100', '1000'], '100', { now: '1000' }),
      enumeration(57, ['Duplex', 'NIC Duplex'], ['Half', 'Full'], 'Full'),
      integer(58, ['MTU', 'NIC MTU'], [576, 1500], 1500),
      string(59, ['DNSRacName', 'DNS RAC Name'], 63, 'idrac-SVCTAG', { now: name }),
      enumeration(60, ['DNSRegister', 'DNS Register RAC'], onOff, 'Disabled'),
      enumeration(63, ['VLanEnable', 'Enable VLAN'], onOff, 'Disabled'),
      integer(64, ['VLanPriority', 'VLAN Priority'], [0, 7], 0),
      integer(65, ['VLanID', 'VLAN ID'], [1, 4096], 1),
      string(181, ['DNSDomainName', 'DNS Domain Name'], 254, undefined, { now: 'bmc.test' }),
    ]),
    ...group('IPv4.1', 'IPv4 Information', [
      enumeration(101, ['Enable', 'IPv4 Enable'], onOff, 'Enabled'),
      enumeration(102, ['DHCPEnable', 'IPv4 DHCP Enable'], onOff, 'Disabled'),
      string(103, ['Address', 'IP Address'], 16, '192.168.0.120', { now: nic?.address }),
      string(104, ['Netmask', 'Net Mask'], 16, '255.255.255.0'),
      string(105, ['Gateway'], 16, '192.168.0.1', { now: '192.0.2.1' }),
    ]),
    ...group('IPBlocking.1', 'IP Blocking', [
      enumeration(724, ['BlockEnable', 'Tune IP Block Enable'], onOff, 'Enabled', { readOnly: true }),
      integer(731, ['FailCount'], [2, 16], 3, { now: String(lockout.failures), readOnly: true }),
      integer(732, ['FailWindow'], [10, 65_535], 60, {
        now: String(Math.ceil(lockout.windowMs / 1000)),
        readOnly: true,
      }),
      integer(733, ['PenaltyTime'], [2, 65_535], 60, {
        now: String(Math.ceil(lockout.penaltyMs / 1000)),
        readOnly: true,
      }),
    ]),
  ];
}

function logs(): IdracAttribute[] {
  return [
    ...group('Time.1', 'Time Zone Configuration Information', [
      integer(751, ['TimeZoneOffset', 'Tune Time Zone Offset'], [-43_200, 46_800], 0),
      integer(752, ['DaylightOffset', 'Tune Day Light Offset'], [0, 60], 0),
      string(753, ['TimeZone', 'Time Zone String'], 32, 'US/Central', { now: 'UTC' }),
    ]),
    ...group('SysLog.1', 'Sys Log', [
      enumeration(1071, ['SysLogEnable', 'Sys Log Enable'], onOff, 'Disabled'),
      integer(1072, ['Port', 'Sys Log Port'], [1, 65_535], 514),
      ...[1, 2, 3].map((n) => string(1072 + n, [`Server${n}`, `Sys Log Server ${n}`], 63, undefined)),
      enumeration(1076, ['PowerLogEnable', 'Power Log Enable'], onOff, 'Disabled'),
      integer(1077, ['PowerLogInterval', 'Power Log Interval'], [1, 1440], 5),
    ]),
    ...group('NTPConfigGroup.1', 'NTP Configuration Group', [
      ...[1, 2, 3].map((n) => string(2000 + n, [`NTP${n}`, `NTP Server ${n}`], 254, undefined)),
      enumeration(2004, ['NTPEnable', 'NTP Enable'], onOff, 'Disabled'),
      integer(2005, ['NTPMaxDist', 'NTP Maximum Distance'], [1, 128], 16),
    ]),
  ];
}

const bitLengths = [
  'Disabled',
  'Auto Negotiate',
  '128-Bit or higher',
  '168-Bit or higher',
  '256-Bit or higher',
] as const;

function consoles({ generation, vncPort }: TableOptions): IdracAttribute[] {
  return [
    ...group('VirtualConsole.1', 'Virtual Console Configuration', [
      enumeration(581, ['Enable'], onOff, 'Enabled'),
      enumeration(582, ['EncryptEnable', 'Encrypt Enable'], ['None', 'AES'], 'AES'),
      enumeration(583, ['LocalVideo', 'Local Video'], onOff, 'Enabled'),
      enumeration(584, ['PluginType', 'Plugin Type'], ['Active X', 'Java', 'HTML5'], 'Active X', {
        now: 'HTML5',
      }),
      integer(585, ['MaxSessions', 'Max Sessions'], [1, 6], 6),
      integer(586, ['Port', 'vKVM Port'], [1, 65_535], 5900),
      integer(587, ['Timeout'], [60, 10_800], 1800),
      enumeration(
        588,
        ['AccessPrivilege'],
        ['Deny Access', 'Read Only Access', 'Full Access'],
        'Full Access',
      ),
      enumeration(
        589,
        ['AttachState', 'Attach State'],
        ['Detached', 'Attached', 'Auto-Attach'],
        'Auto-Attach',
      ),
    ]),
    ...group('SerialRedirection.1', 'RAC Serial Redirection', [
      enumeration(611, ['Enable', 'Serial Communication Redirection Enable'], onOff, 'Enabled'),
      string(612, ['QuitKey', 'Serial Console Quit Key'], 2, '^\\'),
    ]),
    ...group('IPMISOL.1', 'IPMI SOL', [
      enumeration(641, ['Enable', 'IPMI SOL Enable'], onOff, 'Enabled'),
      enumeration(642, ['BaudRate', 'IPMI SOL Baud Rate'], ['9600', '19200', '57600', '115200'], '115200'),
      enumeration(643, ['MinPrivilege', 'IPMI SOL Min Privilege'], ipmiPrivileges, 'Administrator'),
      integer(644, ['AccumulateInterval', 'IPMI SOL Accumulate Interval'], [1, 255], 10),
      integer(645, ['SendThreshold', 'IPMI SOL Send Threshold'], [1, 255], 255),
    ]),
    ...group('VNCServer.1', 'RAC VNC Server', [
      enumeration(2162, ['Enable'], onOff, 'Disabled'),
      string(2163, ['Password'], 8, undefined, { secret: true }),
      integer(2164, ['Port'], [1024, 65_535], 5901, { now: String(vncPort) }),
      enumeration(2165, ['LowerEncryptionBitLength'], onOff, 'Disabled'),
      integer(2166, ['Timeout'], [60, 10_800], 300),
      enumeration(2167, ['SSLEncryptionBitLength', 'SSL Encryption Bit Length'], bitLengths, 'Disabled'),
      ...(generation === '8'
        ? []
        : [
            integer(2168, ['ActiveSessions', 'Active Sessions'], [0, 2], 0, { readOnly: true }),
            integer(2169, ['MaxSessions', 'Max Sessions'], [1, 2], 2, { readOnly: true }),
          ]),
    ]),
  ];
}

function services({ lockdown, generation }: TableOptions): IdracAttribute[] {
  const versions = ['TLS 1.0 and Higher', 'TLS 1.1 and Higher', 'TLS 1.2 Only'] as const;
  const mode = group('Lockdown.1', 'System Lockdown', [
    enumeration(2301, ['SystemLockdown', 'System Lockdown Mode'], onOff, 'Disabled', {
      now: lockdown ? 'Enabled' : 'Disabled',
      readOnly: true,
    }),
  ]);
  return [
    ...group('IPMILan.1', 'IPMI LAN Information', [
      enumeration(201, ['Enable', 'Enable or Disable IPMI over LAN'], onOff, 'Disabled'),
      enumeration(202, ['PrivLimit', 'Privilege Limit'], ipmiPrivileges, 'Administrator'),
      string(203, ['EncryptionKey', 'Encryption Key'], 40, '0'.repeat(40)),
      string(204, ['CommunityName', 'Community Name'], 18, 'public'),
      enumeration(205, ['AlertEnable', 'Enable or Disable Alerts over LAN'], onOff, 'Disabled'),
    ]),
    ...group('SSH.1', 'RAC SSH', [
      enumeration(561, ['Enable'], onOff, 'Enabled'),
      integer(562, ['Port', 'SSH Port'], [1, 65_535], 22),
      integer(563, ['Timeout', 'SSH Idle Timeout'], [60, 10_800], 1800),
    ]),
    ...group('WebServer.1', 'RAC Web Server', [
      enumeration(571, ['Enable'], onOff, 'Enabled'),
      integer(572, ['HttpPort', 'Http Port'], [1, 65_535], 80),
      // The port that it really got is reported once it listens.
      integer(573, ['HttpsPort', 'Https Port'], [1, 65_535], 443, { readOnly: true }),
      integer(574, ['Timeout'], [60, 10_800], 1800),
      enumeration(576, ['HttpsRedirection', 'Https Redirection'], onOff, 'Enabled'),
      integer(578, ['MaxNumberOfSessions', 'Max Number Of Sessions'], [1, 8], 8, { readOnly: true }),
      enumeration(579, ['TLSProtocol', 'TLS Protocol Support'], versions, 'TLS 1.1 and Higher'),
    ]),
    ...group('Racadm.1', 'Remote Racadm Configuration', [
      enumeration(591, ['Enable', 'Remote Enable'], onOff, 'Enabled'),
      integer(592, ['Timeout', 'Remote Timeout'], [10, 1920], 60),
    ]),
    ...(generation === '8' ? [] : mode),
  ];
}

/** What a user of the table may do, as the bits of `Privilege`. */
const privilegeBits = { administrator: '511', operator: '499', readonly: '1' } as const;

function userSlot(slot: number, user?: IdracUser): IdracAttribute[] {
  const base = 3000 + slot * 20;
  const privileges = [...ipmiPrivileges, 'No Access'] as const;
  return group(`Users.${slot}`, 'RAC Users', [
    enumeration(base, ['Enable'], onOff, 'Disabled', { now: user ? 'Enabled' : 'Disabled' }),
    string(base + 1, ['UserName', 'User Name'], 16, undefined, { now: user?.name }),
    string(base + 2, ['Password'], 20, undefined, { secret: true }),
    integer(base + 3, ['Privilege'], [0, 511], 0, {
      now: user && privilegeBits[user.privilege],
      readOnly: true,
    }),
    enumeration(base + 4, ['IpmiLanPrivilege', 'IPMI LAN Privilege'], privileges, 'No Access'),
    enumeration(base + 5, ['IpmiSerialPrivilege', 'IPMI Serial Privilege'], privileges, 'No Access'),
    enumeration(base + 6, ['SolEnable', 'SOL Enable'], onOff, 'Disabled'),
    enumeration(base + 7, ['ProtocolEnable', 'SNMPv3 Protocol Enable'], onOff, 'Disabled'),
    enumeration(
      base + 8,
      ['AuthenticationProtocol', 'SNMPv3 Authentication Protocol Type'],
      ['None', 'MD5', 'SHA'],
      'SHA',
    ),
    enumeration(base + 9, ['PrivacyProtocol', 'SNMPv3 Privacy Protocol Type'], ['None', 'DES', 'AES'], 'AES'),
  ]);
}
