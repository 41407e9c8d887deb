import { type Bmc, type BmcServer, createBmc, serveBmc } from '@consolemesh/ipmi/bmc';
import { serveCommands } from '../novncproxy/serve-commands.ts';

// The machines of the benchmark, in a process of their own: each says what is typed, and prints when told.

const user = { id: 2, name: 'consoles', password: 'pinewood', privilege: 'administrator' } as const;
const machines: { bmc: Bmc; server: BmcServer }[] = [];
/** Between two pieces of what a machine prints, ms. */
const stepMs = 50;

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
  open: async () => machines.filter(({ bmc }) => bmc.serial.attached).length,
  /** Some machines print for a while; answers how much they wanted to print and how much was taken, bytes. */
  async print({
    lines,
    bytesPerSecond,
    seconds,
  }: {
    lines: number;
    bytesPerSecond: number;
    seconds: number;
  }) {
    const results = await Promise.all(
      machines.slice(0, lines).map(({ bmc }) => printOne(bmc, bytesPerSecond, seconds)),
    );
    return {
      wanted: results.reduce((sum, { wanted }) => sum + wanted, 0),
      taken: results.reduce((sum, { taken }) => sum + taken, 0),
    };
  },
});

/** Prints lines of text at the rate of a serial port; what the line cannot take in time is late, as in a UART that overruns. */
function printOne(bmc: Bmc, bytesPerSecond: number, seconds: number) {
  let wanted = 0;
  let taken = 0;
  let waiting = 0;
  let number = 0;
  const end = performance.now() + seconds * 1000;
  const began = performance.now();
  return new Promise<{ wanted: number; taken: number }>((resolve) => {
    const timer = setInterval(() => {
      const now = Math.min(performance.now(), end);
      const due = Math.floor(((now - began) / 1000) * bytesPerSecond) - wanted;
      wanted += due;
      // A port that is two seconds behind drops what comes.
      if (due > 0 && waiting < 2 * bytesPerSecond) {
        number += 1;
        const text = Buffer.alloc(due, `[${number}] eth0: link is up at 1000 Mbit/s, full duplex\r\n`);
        waiting += due;
        bmc.serial.write(text, () => {
          taken += text.length;
          waiting -= text.length;
        });
      }
      if (now < end || waiting > 0) {
        if (performance.now() < end + 5_000) return;
      }
      clearInterval(timer);
      resolve({ wanted, taken });
    }, stepMs);
  });
}
