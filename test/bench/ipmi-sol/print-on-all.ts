import type { SerialPort } from '@consolemesh/ipmi/bmc';

/** What machines print. */
export interface Load {
  readonly bytesPerSecond: number;
  /** Characters that the BMC sends in one packet. */
  readonly piece: number;
  readonly seconds: number;
}

/** What became of it. */
export interface Printed {
  /** Bytes. */
  readonly wanted: number;
  /** Bytes that the consoles acknowledged. */
  readonly taken: number;
  /** From when a piece was there to when it was acknowledged: all but one in a hundred, ms. */
  readonly p99: number;
}

/** How often it is looked whose piece is due, ms. */
const stepMs = 5;
/** What is left at the end has so long to be acknowledged, ms. */
const restMs = 5_000;
/** A port that is so far behind drops what comes, as a UART does when nobody reads it, s. */
const patience = 2;

/** Prints text on all ports at once, each in its own time, so that their packets do not come together. */
export async function printOnAll(ports: readonly SerialPort[], load: Load): Promise<Printed> {
  const began = performance.now();
  const everyMs = (load.piece / load.bytesPerSecond) * 1000;
  const printers = ports.map((port, i) => createPrinter(port, load, began + (everyMs * i) / ports.length));
  const end = began + load.seconds * 1000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      for (const printer of printers) printer.printUntil(Math.min(now, end));
      const behind = printers.some(({ waiting }) => waiting() > 0);
      if (now < end || (behind && now < end + restMs)) return;
      clearInterval(timer);
      resolve();
    }, stepMs);
  });
  const delays = printers.flatMap((printer) => printer.delays).sort((a, b) => a - b);
  const sum = (of: (printer: Printer) => number) =>
    printers.reduce((total, printer) => total + of(printer), 0);
  return {
    wanted: sum(({ wanted }) => wanted()),
    taken: sum(({ taken }) => taken()),
    p99: delays[Math.floor(delays.length * 0.99)] ?? 0,
  };
}

type Printer = ReturnType<typeof createPrinter>;

function createPrinter(port: SerialPort, { bytesPerSecond, piece }: Load, first: number) {
  const everyMs = (piece / bytesPerSecond) * 1000;
  const delays: number[] = [];
  let due = first;
  let wanted = 0;
  let taken = 0;
  let waiting = 0;

  function print(dueAt: number): void {
    wanted += piece;
    if (waiting > patience * bytesPerSecond) return;
    waiting += piece;
    const text = Buffer.alloc(piece, `[${wanted}] eth0: link is up at 1000 Mbit/s, full duplex\r\n`);
    port.write(text, () => {
      waiting -= piece;
      taken += piece;
      delays.push(performance.now() - dueAt);
    });
  }

  return {
    delays,
    wanted: () => wanted,
    taken: () => taken,
    waiting: () => waiting,
    printUntil(now: number) {
      for (; due <= now; due += everyMs) print(due);
    },
  };
}
