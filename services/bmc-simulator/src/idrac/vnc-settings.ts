/**
 * What the VNC server of an iDRAC goes by: the current values of its attribute group `VNCServer.1`. The management face
 * derives it from the attributes, the VNC face follows it.
 */
export interface IdracVncSettings {
  /** `Enable`; the factory's value is false. */
  readonly enabled: boolean;
  /** `Port`, 1024 to 65535; 0 = a free one, for the first start only. */
  readonly port: number;
  /** `Password`, at most eight characters; empty = none was ever set, and then nobody gets in. */
  readonly password: string;
  /** `Timeout`: a viewer that sends nothing for so long is thrown out; 60 to 10800. */
  readonly timeoutSeconds: number;
  /** `SSLEncryptionBitLength` is anything but Disabled: TLS from the first byte. */
  readonly tls: boolean;
  /** `LowerEncryptionBitLength`: weaker ciphers and older protocol versions are accepted too. */
  readonly lowerEncryption: boolean;
  /** Viewers at one time: 1 up to generation 8, `MaxSessions` (2) since generation 9. */
  readonly maxSessions: number;
}
