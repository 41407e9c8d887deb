import type { SerialAlerts } from './commands/activate-payload.ts';

/** What BMCs do differently from the specification, as far as a console can adapt. The default of each is the specification's way. */
export interface Quirks {
  /** The role byte in HMACs: as RAKP 1 carries it, or without the name-only lookup bit (10h). */
  hmacRole: 'sent' | 'withoutLookup';
  /** The role byte in the HMAC of RAKP 3 alone. */
  rakp3Role: 'same' | 'withoutLookup';
  /** Privilege in the Open Session Request: 0 for the highest, or the wanted one. */
  openPrivilege: 'highest' | 'wanted';
  /** The user name of RAKP 1: exact, padded to 16 bytes with its true length, or padded and counted as 16, also in HMACs. */
  user: 'exact' | 'padded' | 'counted';
  /** Bytes of a password that the BMC stores. */
  passwordBytes: 20 | 16;
  /** The hash of the check value in RAKP 4: that of the authentication or of the integrity algorithm. */
  checkBy: 'authentication' | 'integrity';
  /** What the integrity pad makes a multiple of four: all that is authenticated, or all but the two trailer bytes. */
  integrityPad: 'whole' | 'withoutTrailer';
  /** Do not ask for the authentication capabilities. */
  skipCapabilities: boolean;
  /** Do not set the session's privilege after logging in. */
  skipPrivilege: boolean;
  /** Believe responses whose checksum is wrong. Their integrity is checked by the session anyway. */
  ignoreChecksums: boolean;
  /** Never send keepalives: the loss of the session is noticed only by what the user does. */
  noKeepalive: boolean;
  /** Activate SOL without asking for encryption and authentication. */
  plainSol: boolean;
  /** Serial alerts while SOL is active. */
  alerts: SerialAlerts;
  /** Assume 32-byte SOL payloads whatever the BMC says. */
  ignoreSolSizes: boolean;
  /** Stay on the session's port whatever the BMC says. */
  ignoreSolPort: boolean;
  /** An acknowledge of 0 characters without NACK means all of them. */
  zeroAcceptedIsAll: boolean;
  /** When retransmissions of an SOL packet are used up, try once more under the next sequence. */
  solSequenceStuck: boolean;
}

export const NO_QUIRKS: Quirks = {
  hmacRole: 'sent',
  rakp3Role: 'same',
  openPrivilege: 'highest',
  user: 'exact',
  passwordBytes: 20,
  checkBy: 'authentication',
  integrityPad: 'whole',
  skipCapabilities: false,
  skipPrivilege: false,
  ignoreChecksums: false,
  noKeepalive: false,
  plainSol: false,
  alerts: 'fail',
  ignoreSolSizes: false,
  ignoreSolPort: false,
  zeroAcceptedIsAll: false,
  solSequenceStuck: false,
};

interface NamedQuirk {
  /** Whose word it is: ipmitool's `-o`, FreeIPMI's workaround flag, or ours. */
  from: 'ipmitool' | 'FreeIPMI' | 'consolemesh';
  quirks: Partial<Quirks>;
  what: string;
}

const none = (from: NamedQuirk['from'], what: string): NamedQuirk => ({ from, quirks: {}, what });

/** Quirks by the names under which operators know them. Names without effect here are accepted, so that settings can be taken over. */
export const QUIRKS = {
  intelplus: {
    from: 'ipmitool',
    quirks: {
      openPrivilege: 'wanted',
      checkBy: 'integrity',
      rakp3Role: 'withoutLookup',
      zeroAcceptedIsAll: true,
    },
    what: 'older Intel BMCs: privilege, RAKP 3 role, RAKP 4 hash, empty acknowledges',
  },
  i82571spt: {
    from: 'ipmitool',
    quirks: {
      hmacRole: 'withoutLookup',
      user: 'padded',
      skipCapabilities: true,
      skipPrivilege: true,
      noKeepalive: true,
      plainSol: true,
      alerts: 'succeed',
    },
    what: 'the BMC inside Intel 82571 network controllers',
  },
  icts: {
    from: 'ipmitool',
    quirks: { integrityPad: 'withoutTrailer' },
    what: 'integrity pad computed without its two trailer bytes',
  },
  supermicro: none('ipmitool', 'IPMI 1.5 only'),
  intelwv2: none('ipmitool', 'IPMI 1.5 only'),
  ibm: none('ipmitool', 'IPMI 1.5 only'),
  kontron: none('ipmitool', 'other commands only'),
  quanta: none('ipmitool', 'other commands only'),
  intel20: {
    from: 'FreeIPMI',
    quirks: {
      openPrivilege: 'wanted',
      user: 'counted',
      rakp3Role: 'withoutLookup',
      checkBy: 'integrity',
    },
    what: 'older Intel BMCs: 16-byte user names, privilege, RAKP 3 role, RAKP 4 hash',
  },
  sun20: {
    from: 'FreeIPMI',
    quirks: { openPrivilege: 'wanted' },
    what: 'Sun: privilege; its byte too many in RAKP 2 is always overlooked',
  },
  supermicro20: none('FreeIPMI', 'suites without authentication only, which are never used'),
  integritycheckvalue: none('FreeIPMI', 'suites without authentication only, which are never used'),
  opensesspriv: {
    from: 'FreeIPMI',
    quirks: { openPrivilege: 'wanted' },
    what: 'the privilege of the Open Session Request is hashed instead of that of RAKP 1',
  },
  authcap: {
    from: 'FreeIPMI',
    quirks: { skipCapabilities: true },
    what: 'authentication capabilities that say nonsense are not asked for',
  },
  nochecksumcheck: {
    from: 'FreeIPMI',
    quirks: { ignoreChecksums: true },
    what: 'wrong checksums in responses',
  },
  solpayloadsize: {
    from: 'FreeIPMI',
    quirks: { ignoreSolSizes: true },
    what: 'nonsense in the SOL payload sizes: 32 bytes are assumed',
  },
  solport: {
    from: 'FreeIPMI',
    quirks: { ignoreSolPort: true },
    what: 'nonsense in the SOL port: the session’s is used',
  },
  solstatus: none('FreeIPMI', 'the status is not asked for before activation'),
  solchannelsupport: none('FreeIPMI', 'the support is not asked for before activation'),
  serialalertsdeferred: {
    from: 'FreeIPMI',
    quirks: { alerts: 'deferred' },
    what: 'serial alerts are deferred, not failed, while SOL is active',
  },
  solpacketseq: {
    from: 'FreeIPMI',
    quirks: { solSequenceStuck: true },
    what: 'a BMC that got stuck at a sequence number is helped over it',
  },
  shortpassword: {
    from: 'consolemesh',
    quirks: { passwordBytes: 16 },
    what: 'the BMC stored only the first 16 bytes of a longer password',
  },
  nokeepalive: {
    from: 'consolemesh',
    quirks: { noKeepalive: true },
    what: 'the BMC does not like Get Device ID between serial data',
  },
} as const satisfies Record<string, NamedQuirk>;

export type QuirkName = keyof typeof QUIRKS;

/** Where establishment can fail in a way that a quirk cures. */
export type Symptom = 'openPrivilegeRefused' | 'nameLengthRefused' | 'rakp3Refused' | 'sessionSilent';

/**
 * What `auto` tries, in this order, when establishment fails: at most one further attempt for each row. None of these symptoms means that
 * the password is wrong, so no account is locked. Quirks that only change what is hashed are found without any further attempt:
 * the role byte and the opened privilege are compared with what the BMC sent.
 */
export const AUTO_CURES: readonly { symptom: Symptom; quirks: Partial<Quirks> }[] = [
  { symptom: 'openPrivilegeRefused', quirks: { openPrivilege: 'wanted' } },
  { symptom: 'nameLengthRefused', quirks: { user: 'padded' } },
  { symptom: 'nameLengthRefused', quirks: { user: 'counted' } },
  { symptom: 'rakp3Refused', quirks: { rakp3Role: 'withoutLookup' } },
  { symptom: 'sessionSilent', quirks: { integrityPad: 'withoutTrailer' } },
];

export function isQuirkName(name: string): name is QuirkName {
  return Object.hasOwn(QUIRKS, name);
}

/** All quirks of these names together. */
export function quirksOf(names: readonly QuirkName[]): Quirks {
  return Object.assign({}, NO_QUIRKS, ...names.map((name) => QUIRKS[name].quirks)) as Quirks;
}
