import type { Duplex } from 'node:stream';
import type { MeshError, Reason, Violation } from '@consolemesh/errors';
import type { ConnectOptions } from '@consolemesh/rfb';

/** Which of a node's two consoles. */
export type Kind = 'graphical' | 'serial';

/** How a console's stream can be offered. */
export type EndpointKind = 'tcp' | 'relay' | 'container';

/** A node as its driver sees it: options that passed the schema, converted to the types the schema names. */
export interface Node<Info = Options, Secrets = Options> {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly info: Info;
  readonly secrets: Secrets;
}

/** Options whose schema is not known at compile time. */
export type Options = Readonly<Record<string, unknown>>;

/** One incarnation of one console, with everything that came with the call. */
export interface ConsoleCall<Info = Options, Secrets = Options> {
  readonly consoleId: string;
  readonly generation: bigint;
  /** Highest fence seen; stamp it on what you create. */
  readonly fence: bigint;
  readonly kind: Kind;
  readonly node: Node<Info, Secrets>;
  /** What `start` answered for this incarnation, maybe at another instance; empty before. */
  readonly state: Buffer;
  /** What `prepare` answered for this incarnation; empty when nothing was changed. */
  readonly restoreState: Buffer;
}

/** A console to start. */
export interface StartCall<Info = Options, Secrets = Options> extends ConsoleCall<Info, Secrets> {
  /** Kinds that both the caller and this driver accept, best first; never empty. `relay` is among them whenever `tcp` can be relayed. */
  readonly acceptable: readonly EndpointKind[];
  /** For the console's server in this generation, eight characters; drivers invent none. */
  readonly consolePassword: string;
  /** Says that something about the started console changed, so that watchers look at once. */
  readonly changed: () => void;
}

/** A console to end. */
export interface StopCall<Info = Options, Secrets = Options> extends ConsoleCall<Info, Secrets> {
  /** What `start` got, or would have got: tells one's own work from somebody else's. Empty when it is not known. */
  readonly consolePassword: string;
}

/** A TCP address and the way to speak to it. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: TlsToward | undefined;
}

/** TLS toward a console's server. */
export interface TlsToward {
  readonly mode: 'none' | 'from-first-byte' | 'vencrypt';
  readonly verify: 'system' | 'ca' | 'pin' | 'none';
  /** PEM, for `ca`. */
  readonly ca?: string | undefined;
  /** 64 hexadecimal digits, for `pin`. */
  readonly sha256Pin?: string | undefined;
  /** Name to ask for and to check; the host when absent. */
  readonly serverName?: string | undefined;
  /** Lowest version; TLSv1.2 when absent. */
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** What a particular RFB server bears; absent fields mean "whatever the viewer wants". */
export interface Profile {
  readonly allowedEncodings?: readonly number[];
  readonly forbiddenEncodings?: readonly number[];
  /** 16 bytes, RFC 6143 section 7.4. */
  readonly forcedPixelFormat?: Buffer;
  readonly forceShared?: boolean;
  readonly maxClientMessageBytes?: number;
  readonly path?: 'splice' | 'transcode';
  /** RFB numbers, VeNCrypt sub-types by theirs. */
  readonly allowedSecurityTypes?: readonly number[];
}

/**
 * What `start` made.
 * - `tcp`: an address. When the caller prefers a relay, the SDK relays to it; the driver need not care.
 * - `relay`: a stream that only this driver can open; `openStream` does it for each client, or `openLine` once for all of a serial console.
 * - `container`: only a browser in a container can show it.
 */
export type Started =
  | {
      readonly kind: 'tcp';
      /** One sentence why this kind. */
      readonly why: string;
      readonly address: TcpAddress;
      /** Clients that the far end bears at once; 1 when absent. */
      readonly maxSessions?: number | undefined;
      readonly profile?: Profile | undefined;
      /** Comes back on every later call; at most 12 KiB, so that the SDK's own part fits beside it. */
      readonly state?: Buffer | undefined;
    }
  | {
      readonly kind: 'relay';
      readonly why: string;
      /** Clients that the far end bears at once, each with a stream of its own; 1 when absent. A shared line takes no notice. */
      readonly maxSessions?: number | undefined;
      /** Clients that may share the line at once; 32 when absent. */
      readonly maxViewers?: number | undefined;
      /** When a shared line is open: while somebody is attached and `lingerMs` longer (`viewers`, when absent), or from start to stop. */
      readonly hold?: 'viewers' | 'always' | undefined;
      /** 30,000 when absent, so that a page that is loaded again does not drop the line. */
      readonly lingerMs?: number | undefined;
      /**
       * Where the same console can also be had as plain TCP, by one client at a time, for nova-serialproxy and nova-novncproxy. Proxies of the
       * mesh take no notice of it.
       */
      readonly nova?: { readonly host: string; readonly port: number } | undefined;
      /** How the driver judges the console's server; that nothing is verified is shown with the console. */
      readonly tls?: TlsToward | undefined;
      readonly profile?: Profile | undefined;
      readonly state?: Buffer | undefined;
    }
  | {
      readonly kind: 'container';
      readonly why: string;
      /** Such as `dell-idrac9`. */
      readonly app: string;
      /** Secret. */
      readonly appInfo: Readonly<Record<string, unknown>>;
      readonly state?: Buffer | undefined;
    };

/** An upstream that a driver opened for one session. */
export interface OpenedStream {
  /**
   * Graphical: an RFB connection from its banner on; the SDK ends the handshake with `rfb` (security None when absent).
   * Serial: the line's bytes.
   */
  readonly stream: Duplex;
  readonly rfb?: ConnectOptions | undefined;
  /** The client's terminal changed its size. */
  readonly resize?: ((columns: number, rows: number) => void) | undefined;
}

/** The one upstream of a serial console, shared by everybody who is attached. */
export interface OpenedLine {
  /**
   * The line's bytes. It is destroyed when it is needed no more, and opened again only after its `close`: that is the time to give up what
   * the machine holds for it. A line that breaks says why when it is destroyed with a MeshError.
   */
  readonly stream: Duplex;
  /** The line's terminal has another size. */
  readonly resize?: ((columns: number, rows: number) => void) | undefined;
  readonly sendBreak?: (() => Promise<void>) | undefined;
}

/** How a line comes to be opened. */
export interface LineCall {
  /** What it was lost by, or failed with, when it is tried again for those who have stayed; undefined when somebody asks for it anew. */
  readonly lost: MeshError | undefined;
  /**
   * Keeps a state in place of the one that `start` answered: what another instance has to know of this line when this one is gone. At most
   * 12 KiB; comes back as `state` on every later call.
   */
  readonly remember: (state: Buffer) => void;
}

/** For whom a stream is opened. */
export interface StreamCall {
  readonly sessionId: string;
  readonly subject: string;
  readonly role: 'control' | 'view';
  readonly size?: { readonly columns: number; readonly rows: number } | undefined;
}

/** A kind of console that a driver makes. */
export interface ConsoleSupport {
  readonly kind: Kind;
  /** What `start` may answer. `relay` is added by itself where `tcp` is named. */
  readonly endpointKinds: readonly EndpointKind[];
  /** `none`: any instance answers for a started console; `instance`: only the one that started it. */
  readonly affinity: 'none' | 'instance';
  /** Serial: the lines that `openLine` opens take breaks. Advertised like `sendBreak` of the driver. */
  readonly takesBreak?: boolean | undefined;
}

/**
 * What a call is about, as far as logins go.
 * - `machine`: all but the console itself: validating, preparing, ending, power, boot device, break, picture.
 * - `start`: making the console reachable.
 * - `look`: seeing whether a started one works.
 * - `stream`: opening the upstream of one session, or the line of all.
 */
export type LoginPurpose = 'machine' | 'start' | 'look' | 'stream';

export type PowerState = 'on' | 'off' | 'unknown';
export type PowerAction = 'on' | 'off' | 'soft-off' | 'cycle' | 'reset' | 'nmi';
export type BootDevice = 'pxe' | 'disk' | 'cdrom' | 'setup' | 'none';

/** JSON Schema of one map of options: an object with `properties`. Values arrive as text; `integer`, `number` and `boolean` convert. */
export interface OptionsSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
}

/** JSON Schema (draft 2020-12) of one option. */
export interface OptionSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly description: string;
  /** What is expected, as the second half of a sentence; stands in the error. Needed with `pattern`. */
  readonly expects?: string;
  /** Decides which machine is meant, such as its address and its port (DRV-INFO-5). */
  readonly 'x-consolemesh-locates'?: boolean;
  readonly [keyword: string]: unknown;
}

/**
 * What an author of a driver writes; `serveDriver` does the rest (keys, generations, fences, watching, relaying, limits). Everything
 * may throw MeshError with a reason of the table (best: `bmcError`); anything else becomes INTERNAL. Every `signal` ends before the
 * caller's deadline and has to be respected. All but the first two members may be left out; what is left out is not advertised.
 */
export interface Driver<Info = Options, Secrets = Options> {
  readonly options: { readonly driver_info: OptionsSchema; readonly driver_secrets: OptionsSchema };
  readonly consoles: readonly ConsoleSupport[];

  /** Mistakes that a schema cannot express (options that contradict each other). Sees only options without mistakes. Touches nothing. */
  inspect?(node: Node<Partial<Info>, Partial<Secrets>>, kinds: readonly Kind[]): readonly Violation[];
  /** Tries to reach the machine. Throw, or answer the mistake with the option that it belongs to. */
  validate?(
    node: Node<Info, Secrets>,
    kinds: readonly Kind[],
    signal: AbortSignal,
  ): Promise<readonly Violation[]>;
  /** The option that an error of the machine most likely comes from, such as `{ BMC_REFUSED: 'driver_info.vnc_port' }`. */
  readonly fields?: Partial<Record<Reason, string>>;
  /** Which BMC a node's calls reach, for the circuit breaker: nodes with the same answer share it. The node's id when absent. */
  bmcOf?(node: Node<Info, Secrets>): string;
  /**
   * The logins that such a call may present to the machine, by the option that a refusal is about, each with all that it is made of:
   * `{ 'driver_secrets.bmc_password': [info.bmc_username, secrets.bmc_password] }`. A refused login is not tried again before its value
   * changes (the machine's address is part of it by `bmcOf`), and nothing else brings it back: name everything that could. Where a node has
   * several, an error says which was refused by `aboutLogin`; else it is the one that `fields` names, else any. Empty: what is presented is
   * none of the node's, such as a password made for this console. All options and secrets are one login when this is absent.
   */
  credentialsOf?(node: Node<Info, Secrets>, purpose: LoginPurpose): Readonly<Record<string, unknown>>;
  /** Whether this instance can work at all; `undefined` when it can. */
  probe?(): Promise<{ state: 'initialising' | 'broken'; message: string } | undefined>;

  /** Reads what `start` will change. Its being there advertises CAPABILITY_CHANGES_BMC. */
  prepare?(
    console: ConsoleCall<Info, Secrets>,
    signal: AbortSignal,
  ): Promise<{ restoreState: Buffer; changes: readonly string[] }>;
  /** Makes the console reachable. Called for a console that is not started here, or whose `check` failed. */
  start(console: StartCall<Info, Secrets>, signal: AbortSignal): Promise<Started>;
  /**
   * `start` finds out itself what is left of an earlier try, and goes on from there. Then no `stop` comes before a repeated one: it would
   * take twice the time, throw viewers out and undo what only had to be waited for.
   */
  readonly startRepeats?: boolean;
  /** Ends it and restores. Has to bear being called for a console that is half made, or that another instance made. */
  stop?(
    console: StopCall<Info, Secrets>,
    signal: AbortSignal,
  ): Promise<{ leftChanged?: readonly string[] } | void>;
  /**
   * `stop` ends what runs at this host and does not depend on the machine. Then it is called whatever is remembered about the machine, such
   * as refused credentials, and its errors are none of the machine's.
   */
  readonly stopIsLocal?: boolean;
  /**
   * Whether ending this console has nothing to do at the machine. Then `stop` is not called, so that a machine that cannot be reached, or
   * credentials that it refuses, keep nobody from ending it.
   */
  nothingToStop?(console: ConsoleCall<Info, Secrets>): boolean;
  /**
   * Looks at a started console; throws why it does not work, and `ConsoleLost` when it will not work before it is started again. Has to be
   * gentle: it is called for every watched console.
   */
  check?(console: ConsoleCall<Info, Secrets>, signal: AbortSignal): Promise<void>;
  /**
   * Opens the line of a serial console that `start` answered with `relay`. One at a time for each console: everybody who is attached shares it,
   * and it is opened again, later and later, when it ends. A line that is somebody else's at the moment: throw BMC_BUSY, or ConsoleLost, with
   * `retry_after_ms` in the metadata when there is a good time to try again.
   */
  openLine?(console: ConsoleCall<Info, Secrets>, signal: AbortSignal, line: LineCall): Promise<OpenedLine>;
  /** Opens the upstream of one client of a console that `start` answered with `relay`. Not asked for where `openLine` is. */
  openStream?(
    console: ConsoleCall<Info, Secrets>,
    client: StreamCall,
    signal: AbortSignal,
  ): Promise<OpenedStream>;
  /** Sends a break on a started serial console, where it is not the line that takes it. */
  sendBreak?(console: ConsoleCall<Info, Secrets>, signal: AbortSignal): Promise<void>;
  /** Reads the recorded line, oldest first; with `follow` goes on until the signal. */
  readLog?(
    console: ConsoleCall<Info, Secrets>,
    from: { readonly since?: number | undefined; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<{ readonly at: number; readonly data: Buffer }>;

  readonly power?: {
    get(node: Node<Info, Secrets>, signal: AbortSignal): Promise<PowerState>;
    /** Answers the state as far as the BMC has said. Called once for an operation id. */
    set(node: Node<Info, Secrets>, action: PowerAction, signal: AbortSignal): Promise<PowerState>;
  };
  setBootDevice?(node: Node<Info, Secrets>, device: BootDevice, signal: AbortSignal): Promise<void>;
  /** A picture of the screen, at most 3 MiB. */
  captureScreen?(
    node: Node<Info, Secrets>,
    signal: AbortSignal,
  ): Promise<{ contentType: string; image: Buffer }>;

  /** Ends what the driver holds itself; called after every console's streams have ended. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
