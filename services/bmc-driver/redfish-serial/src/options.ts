import {
  type Driver,
  formatHostPort,
  inspectTrust,
  type Node,
  trustFromOptions,
  trustOptions,
} from '@consolemesh/driver-sdk';
import type { Violation } from '@consolemesh/errors';
import type { TlsTrust } from '@consolemesh/tls';
import { addressPattern, readAddress, type ServiceAddress } from './read-address.ts';
import { readExitKeys } from './ssh/exit-keys.ts';

/** driver_info of a node, after the schema. Names that Ironic has mean here what they mean there. */
export interface RedfishInfo {
  readonly redfish_address: string;
  readonly redfish_username: string;
  readonly redfish_system_id?: string;
  readonly redfish_verify?: 'system' | 'ca' | 'pin' | 'none';
  readonly redfish_ca?: string;
  readonly redfish_pin?: string;
  readonly redfish_server_name?: string;
  readonly redfish_tls_minimum: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly redfish_verify_ca?: string;
  readonly redfish_auth_type?: string;
  readonly redfish_serial_transport: 'auto' | 'websocket' | 'ssh';
  readonly redfish_serial_hold: 'viewers' | 'always';
  readonly redfish_serial_uri?: string;
  readonly redfish_ssh_port?: number;
  readonly redfish_ssh_username?: string;
  readonly redfish_ssh_verify?: SshVerify;
  readonly redfish_ssh_host_key?: string;
  readonly redfish_ssh_algorithms: 'current' | 'old';
  readonly redfish_ssh_command?: string;
  readonly redfish_ssh_exit: string;
}

/** How the host key of an SSH server is judged. */
export type SshVerify = 'pin' | 'first-use' | 'none';

/** driver_secrets of a node. */
export interface RedfishSecrets {
  readonly redfish_password: string;
  readonly redfish_ssh_password?: string;
}

export type RedfishNode = Node<RedfishInfo, RedfishSecrets>;

/** Where the node's Redfish service is. */
export function addressOf({ info }: RedfishNode): ServiceAddress {
  // Another port than there are was refused by `inspectOptions`.
  return readAddress(info.redfish_address) ?? { host: info.redfish_address, port: 443, plain: false };
}

/** `host:port` of the Redfish service, for errors, and for what is kept of it. */
export function whereOf(node: RedfishNode): string {
  const { host, port } = addressOf(node);
  return formatHostPort(host, port);
}

/** How its certificate is judged. */
export function trustOf(node: RedfishNode): TlsTrust {
  const info = { ...node.info, ...(saysNo(node.info.redfish_verify_ca) && { redfish_verify: 'none' }) };
  const { serverName, ...trust } = trustFromOptions('redfish', info, addressOf(node).host);
  return { ...trust, servername: serverName };
}

/** Whether it is a no, in the words that Ironic takes for one. */
function saysNo(text: string | undefined): boolean {
  return /^(?:false|f|no|n|off|0)$/i.test(text ?? '');
}

/** The options of this driver; its README's tables are made from them. */
export const options: Driver<RedfishInfo, RedfishSecrets>['options'] = {
  driver_info: {
    type: 'object',
    required: ['redfish_address', 'redfish_username'],
    properties: {
      redfish_address: {
        type: 'string',
        description: 'Where the Redfish service of the BMC is; HTTPS unless it says `http://`.',
        pattern: addressPattern,
        expects:
          'a host name or an IP address, with https:// before it and a port behind it where needed: https://bmc-7.example.net:8443',
        'x-consolemesh-locates': true,
      },
      redfish_username: {
        type: 'string',
        description: 'A user of the BMC who may use the console of the host.',
        minLength: 1,
        maxLength: 255,
        pattern: '^[^:]+$',
        expects: 'the name of a user, without colons: HTTP ends a name there',
      },
      redfish_system_id: {
        type: 'string',
        description:
          'Which system behind the BMC: its path, such as `/redfish/v1/Systems/1`, or its id, such as `1`. Needed where there are several.',
        pattern: '^(?:/[!-~]+|[^/\\s]+)$',
        expects: 'the path of a ComputerSystem, or its id',
        'x-consolemesh-locates': true,
      },
      ...trustOptions('redfish'),
      redfish_verify_ca: {
        type: 'string',
        description:
          'As Ironic has it: `False` is `redfish_verify = none`, `True` changes nothing. A path means nothing here; `redfish_ca` takes the text.',
        pattern: '^(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[TtFfYyNn01]|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)$',
        expects: 'True or False; the text of a PEM file goes into redfish_ca',
      },
      redfish_auth_type: {
        type: 'string',
        description:
          'Has no effect here: a session is made, and Basic takes its place where the service has none. Accepted so that the options of Ironic can be taken over.',
        enum: ['auto', 'session', 'basic'],
      },
      redfish_serial_transport: {
        type: 'string',
        description:
          'Over what the console comes. `auto` takes a WebSocket where the BMC has one, else SSH; which one it was is shown with the console.',
        enum: ['auto', 'websocket', 'ssh'],
        default: 'auto',
      },
      redfish_serial_hold: {
        type: 'string',
        description:
          'When the console is open at the BMC: while somebody looks at it, or from enabling to disabling, so that nothing is missed.',
        enum: ['viewers', 'always'],
        default: 'viewers',
      },
      redfish_serial_uri: {
        type: 'string',
        description:
          'Path of the console’s WebSocket, such as `/console0`, where the BMC does not tell it or another one is wanted.',
        pattern: '^/[!-~]*$',
        expects: 'a path on the Redfish service that begins with /',
      },
      redfish_ssh_port: {
        type: 'integer',
        description: 'Port of the console’s SSH server, where it is not the one that Redfish names.',
        minimum: 1,
        maximum: 65535,
      },
      redfish_ssh_username: {
        type: 'string',
        description: 'User of the SSH server, where it is not `redfish_username`.',
        minLength: 1,
        maxLength: 255,
      },
      redfish_ssh_verify: {
        type: 'string',
        description:
          'How the SSH server’s host key is judged. Without it: `pin`, and a server without a pin is refused with the fingerprint that it presented. `first-use` trusts the key that is there when the console is enabled, until it is disabled. `none` trusts anybody in the middle. Both are shown with the console.',
        enum: ['pin', 'first-use', 'none'],
      },
      redfish_ssh_host_key: {
        type: 'string',
        description:
          'SHA-256 fingerprint of the SSH server’s host key, as `ssh-keygen -lf` prints it; several with commas between them.',
        pattern: hostKeyPattern(),
        expects: 'SHA256: and 43 characters, or 64 hexadecimal digits; several with commas between them',
      },
      redfish_ssh_algorithms: {
        type: 'string',
        description:
          '`old` also takes SHA-1, CBC and DSS, which are weak and which BMCs of the years before 2015 know nothing better than: for single old machines only.',
        enum: ['current', 'old'],
        default: 'current',
      },
      redfish_ssh_command: {
        type: 'string',
        description:
          'What to type at the BMC’s command line to come to the console, such as `console com2`, where it is not what Redfish names (`ConsoleEntryCommand`). `none` types nothing.',
        maxLength: 255,
        pattern: '^[ -~]+$',
        expects: 'a command of printable ASCII characters, or none',
      },
      redfish_ssh_exit: {
        type: 'string',
        description:
          'Keys that leave the console, sent before the connection is closed: `~.`, or control characters as `^\\` or `^[(`. `auto` takes what Redfish names (`HotKeySequenceDisplay`) where it is understood; `none` only closes.',
        maxLength: 32,
        pattern: '^[!-~]+$',
        expects: 'auto, none, or keys in caret notation such as ~. or ^\\',
        default: 'auto',
      },
    },
  },
  driver_secrets: {
    type: 'object',
    required: ['redfish_password'],
    properties: {
      redfish_password: {
        type: 'string',
        description: 'The user’s password.',
        minLength: 1,
        maxLength: 255,
        expects: 'a password',
      },
      redfish_ssh_password: {
        type: 'string',
        description: 'Password for the SSH server, where it is not `redfish_password`.',
        minLength: 1,
        maxLength: 255,
        expects: 'a password',
      },
    },
  },
};

function hostKeyPattern(): string {
  const one = '(?:SHA256:[A-Za-z0-9+/]{43}=?|(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2})';
  return `^\\s*${one}(?:\\s*,\\s*${one})*\\s*$`;
}

/** Mistakes that lie in how options go together. */
export function inspectOptions({ info }: Node<Partial<RedfishInfo>, Partial<RedfishSecrets>>): Violation[] {
  const mistakes = inspectTrust('redfish', { ...info });
  const mistake = (option: string, message: string, reason: Violation['reason'] = 'FIELD_INVALID') =>
    mistakes.push({ field: `driver_info.${option}`, reason, message });
  const address = info.redfish_address === undefined ? undefined : readAddress(info.redfish_address);
  if (info.redfish_address !== undefined && !address)
    mistake('redfish_address', 'has a port that does not exist; expected 1 to 65535');
  const noVerify = saysNo(info.redfish_verify_ca);
  const { redfish_verify: verify, redfish_ca: ca, redfish_pin: pin } = info;
  if (noVerify && ((verify !== undefined && verify !== 'none') || ca !== undefined || pin !== undefined)) {
    const message =
      'says not to verify the certificate, and redfish_verify, redfish_ca or redfish_pin how to';
    mistake('redfish_verify_ca', message);
  }
  if (address?.plain && verify !== 'none' && !noVerify) {
    mistake(
      'redfish_address',
      'is http://, which sends the password and the console in clear text; expected https://, or redfish_verify = none besides',
    );
  }
  if (info.redfish_ssh_verify === 'pin' && info.redfish_ssh_host_key === undefined) {
    mistake(
      'redfish_ssh_host_key',
      'is not set; redfish_ssh_verify is pin, so expected the fingerprint of the host key',
      'FIELD_REQUIRED',
    );
  }
  if (info.redfish_serial_transport === 'ssh' && info.redfish_serial_uri !== undefined)
    mistake('redfish_serial_uri', 'is the path of a WebSocket, and redfish_serial_transport is ssh');
  const exit = info.redfish_ssh_exit ?? 'auto';
  if (exit !== 'auto' && exit !== 'none' && !readExitKeys(exit))
    mistake('redfish_ssh_exit', 'ends with ^; expected a letter or one of @[\\]^_ behind it');
  return mistakes;
}
