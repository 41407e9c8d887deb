import { isIPv6 } from 'node:net';

/** What a socat is started with. Nothing of it was written by the user of a node. */
export interface SocatPlan {
  /** IP address to listen at, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Of a plain path; the console's folder. */
  readonly folder: string;
  /** 0 = never. */
  readonly idleTimeoutMs: number;
}

/**
 * Arguments of socat 1.7 and 1.8: one client at a time, each with an ipmitool of its own at a terminal of its own. No `setsid` and no `ctty`:
 * the terminal's end then is an end of file for ipmitool, after which it gives the console back, and no signal that would keep it from that.
 * A client whose machine died is noticed by TCP after a minute, since it has the only place.
 */
export function socatArguments({ address, port, folder, idleTimeoutMs }: SocatPlan): string[] {
  const listen = isIPv6(address)
    ? `TCP6-LISTEN:${port},bind=[${address}],ipv6only=1`
    : `TCP4-LISTEN:${port},bind=${address}`;
  return [
    ...(idleTimeoutMs > 0 ? ['-T', `${idleTimeoutMs / 1000}`] : []),
    `${listen},reuseaddr,fork,max-children=1,keepalive,keepidle=30,keepintvl=10,keepcnt=3,nodelay`,
    // Until ipmitool makes the terminal raw, what a client types is neither echoed nor cut into lines.
    `EXEC:/bin/sh ${folder}/run activate,pty,echo=0,icanon=0,isig=0`,
  ];
}
