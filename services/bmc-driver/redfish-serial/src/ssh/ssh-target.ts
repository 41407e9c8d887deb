/** An SSH server, and who comes to it. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  /** `host:port` for messages. */
  readonly where: string;
  readonly username: string;
  readonly password: string;
  /** The option that a refusal is about. */
  readonly passwordField: string;
  /** Fingerprints of the keys that are trusted; undefined trusts any. */
  readonly hostKeys: string | undefined;
  /** Where the host key was to be found that is not there any more; for messages. */
  readonly hostKeyFrom: 'redfish_ssh_host_key' | 'first use' | 'nowhere';
  readonly algorithms: 'current' | 'old';
  readonly loginMs: number;
  readonly keepaliveMs: number;
}
