import { createSocket } from 'node:dgram';
import { type Bmc, type BmcOptions, createBmc, serveBmc } from '@consolemesh/ipmi/bmc';

/** The account that simulated BMCs have unless told otherwise. */
export const solUser = { id: 2, name: 'consoles', password: 'pinewood', privilege: 'administrator' } as const;

/** What the machine says on its serial line after a break. */
export const breakEcho = '[break]';

/** A machine that says on its serial line what is typed there, and its BMC on a UDP port of loopback. */
export interface SolMachine extends AsyncDisposable {
  readonly bmc: Bmc;
  readonly port: number;
  /** Logins that were begun: Open Session Requests. */
  readonly logins: () => number;
  /** What was done to its power, in order. */
  readonly actions: readonly string[];
  /** Whether it is on, to be changed. */
  power: boolean;
  /** What it boots from next. */
  readonly bootDevice: () => string | undefined;
  /** It answers nothing any more, until told otherwise. */
  silent: boolean;
  /** After so many bytes somebody ends the console at the BMC. */
  dieAfterBytes: number | undefined;
  /** Options of a node, as text. */
  info(more?: Readonly<Record<string, string>>): Record<string, string>;
}

const openSessionRequest = 0x10;

export async function startSolMachine(options: Partial<BmcOptions> = {}): Promise<SolMachine> {
  const actions: string[] = [];
  let logins = 0;
  let device: string | undefined;
  let uefi = false;
  const bmc = createBmc({
    users: [solUser],
    ...options,
    faults: {
      ...options.faults,
      packet(direction, packet) {
        if (machine.silent) return 'drop';
        if (direction === 'in' && packet[4] === 6 && (packet[5]! & 0x3f) === openSessionRequest) logins += 1;
        return options.faults?.packet?.(direction, packet);
      },
    },
    chassis: {
      powerOn: () => machine.power,
      control(action) {
        actions.push(action);
        if (action === 'on' || action === 'off') machine.power = action === 'on';
      },
      bootFlags: () => ({ valid: false, persistent: false, uefi, device: 'none' }),
      setBootFlags(flags) {
        ({ device, uefi } = flags);
      },
    },
  });
  const { serial } = bmc;
  let said = 0;
  serial.on('data', (bytes: Buffer) => {
    said += bytes.length;
    serial.write(bytes);
    if (machine.dieAfterBytes === undefined || said < machine.dieAfterBytes) return;
    said = 0;
    bmc.steal();
  });
  serial.on('break', () => serial.write(breakEcho));
  const server = await serveBmc(bmc);
  const machine: SolMachine = {
    bmc,
    port: server.port,
    logins: () => logins,
    actions,
    power: true,
    bootDevice: () => device,
    silent: false,
    dieAfterBytes: undefined,
    info: (more = {}) => ({
      ipmi_address: '127.0.0.1',
      ipmi_port: `${server.port}`,
      ipmi_username: solUser.name,
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      bmc[Symbol.dispose]();
    },
  };
  return machine;
}

/** A UDP port of loopback where nobody listens. */
export async function unusedUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
