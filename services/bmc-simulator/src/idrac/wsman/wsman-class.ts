import type { Bmc } from '../bmc/create-bmc.ts';
import type { IdracUser } from '../bmc/types.ts';

/** An instance: text, several values, or null = nil. */
export type Properties = Readonly<Record<string, string | readonly string[] | null>>;

/** A CIM class of the service. */
export interface WsmanClass {
  readonly name: string;
  /** The properties that name an instance in a SelectorSet. */
  readonly keys: readonly string[];
  instances(bmc: Bmc): readonly Properties[];
  readonly methods?: Readonly<Record<string, WsmanMethod>>;
}

/** A method; a Fault that it throws is answered as such. */
export type WsmanMethod = (call: WsmanCall) => Promise<MethodOutput | 'lost'> | MethodOutput;

export interface WsmanCall {
  readonly bmc: Bmc;
  readonly user: IdracUser;
  /** Every value of a parameter, in order. */
  all(name: string): readonly string[];
}

/** The children of `<Method>_OUTPUT`. */
export interface MethodOutput {
  readonly properties: Properties;
  /** Becomes `Job`, a reference to a DCIM_LifecycleJob. */
  readonly job?: string;
  readonly afterwards?: () => void;
}
