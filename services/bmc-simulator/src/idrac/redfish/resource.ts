import type { Bmc } from '../bmc/create-bmc.ts';
import type { IdracUser } from '../bmc/types.ts';
import type { FaceAnswer } from '../https/face-answer.ts';
import type { Answers } from './answers.ts';
import type { Sessions } from './create-sessions.ts';

/** What a resource has at hand when it is asked for. */
export interface RedfishCall {
  readonly bmc: Bmc;
  readonly answers: Answers;
  readonly sessions: Sessions;
  /** undefined for public resources that are asked for without credentials. */
  readonly user: IdracUser | undefined;
  /** The parts of the path that its pattern left open. */
  readonly open: readonly string[];
  readonly path: string;
  /** The JSON object sent; {} for none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The methods of one resource. */
export interface Resource {
  /** `*` stands for one segment. */
  readonly path: string;
  /** Answers without credentials too. */
  readonly public?: boolean;
  /** Whether this iDRAC has it; it has unless told. */
  exists?(bmc: Bmc): boolean;
  readonly methods: Readonly<Partial<Record<'GET' | 'POST' | 'PATCH' | 'DELETE', Handler>>>;
}

export type Handler = (call: RedfishCall) => FaceAnswer | Promise<FaceAnswer>;

/** What leads from the command line of its SSH server to the serial console. */
export const consoleCommand = 'console com2';

export const root = '/redfish/v1';
export const managerPath = `${root}/Managers/iDRAC.Embedded.1`;
export const systemPath = `${root}/Systems/System.Embedded.1`;

/** Up to generation 8 sessions were somewhere else. Clients find them in the service root. */
export function sessionsPath({ generation }: Bmc): string {
  return generation === '8' ? `${root}/Sessions` : `${root}/SessionService/Sessions`;
}

export function link(path: string): { '@odata.id': string } {
  return { '@odata.id': path };
}

export function collection(path: string, type: string, members: readonly string[]): object {
  return {
    '@odata.id': path,
    '@odata.type': `#${type}Collection.${type}Collection`,
    Name: `${type} Collection`,
    Members: members.map(link),
    'Members@odata.count': members.length,
  };
}
