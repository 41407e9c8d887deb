import type { IpmiError } from '../errors.ts';

/** One way to one BMC. Packets are whole RMCP packets. */
export interface Flow extends Disposable {
  /** Our session id, by which the BMC's answers find this flow; never 0, unique within the transport. */
  readonly sessionId: number;
  /** Takes a new id, for another attempt: late answers to the old one go nowhere. */
  renew(): number;
  /** Never throws and never waits: what cannot be sent is lost, as on any network. */
  send(packet: Buffer): void;
}

export interface FlowOptions {
  /** As `resolve` returned it. */
  address: string;
  port: number;
  /** Packets with our session id, and those without any id that come from this BMC. The buffer is the receiver's own. */
  onPacket(packet: Buffer): void;
  /** The last send failed for this reason (UNREACHABLE); later ones may work. */
  onError(error: IpmiError): void;
}

/** How packets travel: UDP, or a simulated network. Many sessions share one. */
export interface Transport extends AsyncDisposable {
  /**
   * An address for a host name or an address.
   * @throws IpmiError UNREACHABLE when there is none
   */
  resolve(host: string): Promise<string>;
  open(options: FlowOptions): Flow;
  /** Whether the machine says that nothing listens there. Silence is no answer: false. Takes up to half a second. */
  refuses(address: string, port: number): Promise<boolean>;
}
