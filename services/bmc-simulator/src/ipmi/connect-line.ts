import type { Bmc } from '@consolemesh/ipmi/bmc';
import type { RunningSerialLine } from '../run-machine.ts';

/** What waits for a slow console at most, bytes; what the machine says beyond that is lost, and the console is told. */
export const mostWaiting = 256 * 1024;

/** Connects the machine's serial line with SOL: what it says goes to the console that is there, if one is. */
export function connectLine(line: RunningSerialLine, bmc: Bmc): Disposable {
  const { serial } = bmc;
  const listening = line.listen((bytes) => {
    if (!serial.attached) return;
    if (serial.writableLength + bytes.length > mostWaiting) return bmc.report('overrun');
    serial.write(bytes);
  });
  const typed = (bytes: Buffer) => line.input(bytes);
  const broke = () => line.break();
  serial.on('data', typed);
  serial.on('break', broke);
  serial.on('error', () => {});
  return {
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      serial.off('data', typed);
      serial.off('break', broke);
    },
  };
}
