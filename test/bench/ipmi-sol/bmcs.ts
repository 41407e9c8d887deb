import { type Bmc, type BmcServer, createBmc, serveBmc } from '@consolemesh/ipmi/bmc';
import { serveCommands } from '../novncproxy/serve-commands.ts';
import { type Load, printOnAll } from './print-on-all.ts';

// The machines of the benchmark, in a process of their own: each says what is typed, and prints when told.

const user = { id: 2, name: 'consoles', password: 'pinewood', privilege: 'administrator' } as const;
const machines: { bmc: Bmc; server: BmcServer }[] = [];

serveCommands({
  /** Answers the UDP ports. */
  async start({ count }: { count: number }) {
    for (let i = 0; i < count; i += 1) {
      const bmc = createBmc({ users: [user] });
      bmc.serial.on('data', (bytes: Buffer) => void bmc.serial.write(bytes));
      machines.push({ bmc, server: await serveBmc(bmc) });
    }
    return machines.map(({ server }) => server.port);
  },
  /** How many of some machines somebody has the console of. */
  open: async ({ first, count }: { first: number; count: number }) =>
    machines.slice(first, first + count).filter(({ bmc }) => bmc.serial.attached).length,
  /** The machines from `first` on print for a while. */
  print: ({ first, lines, ...load }: Load & { first: number; lines: number }) =>
    printOnAll(
      machines.slice(first, first + lines).map(({ bmc }) => bmc.serial),
      load,
    ),
});
