import type { TextScreen } from '../../screen/text-screen.ts';
import { formatKernelLine, kernelLog } from '../kernel-log.ts';
import type { StageContext } from '../stage.ts';

/** What a report may look at. */
interface ReportContext extends Omit<StageContext, 'screen'> {
  readonly screen: Pick<TextScreen, 'rows'>;
}

/** The last lines of the kernel's log: as many as a screen holds. */
export function reportKernelLog({ identity, screen }: ReportContext): string {
  return kernelLog(identity)
    .map(formatKernelLine)
    .slice(4 - screen.rows)
    .join('\n');
}

export function reportProcessor({ identity, firmware }: ReportContext): string {
  const { model, sockets, cores, megahertz } = identity.processor;
  const threads = firmware.values.hyperThreading === 'Enabled' ? 2 : 1;
  return table([
    ['Architecture', 'x86_64'],
    ['CPU op-modes', '32-bit, 64-bit'],
    ['CPU(s)', String(sockets * cores * threads)],
    ['Vendor ID', 'InventedChip'],
    ['Model name', model],
    ['Thread(s) per core', String(threads)],
    ['Core(s) per socket', String(cores)],
    ['Socket(s)', String(sockets)],
    ['CPU max MHz', `${megahertz}.0000`],
    ['Virtualisation', firmware.values.virtualisation === 'Enabled' ? 'full' : 'disabled by firmware'],
    ['L2 cache', `${sockets * cores} MiB`],
    ['L3 cache', `${sockets * cores * 2} MiB`],
    ['NUMA node(s)', String(sockets)],
  ]);
}

export function reportMemory({ identity }: ReportContext): string {
  const total = identity.memory.gibibytes * 1024;
  const used = Math.round(total * 0.031);
  const cache = Math.round(total * 0.012);
  const row = (label: string, ...numbers: number[]) =>
    label.padEnd(8) + numbers.map((number) => String(number).padStart(12)).join('');
  return [
    `${' '.repeat(8)}${['total', 'used', 'free', 'cache'].map((name) => name.padStart(12)).join('')}  (MiB)`,
    row('Mem:', total, used, total - used - cache, cache),
    row('Swap:', 8192, 0, 8192, 0),
  ].join('\n');
}

export function reportBlockDevices({ identity }: ReportContext): string {
  const lines = ['NAME           SIZE  TYPE  MOUNTPOINT'];
  const row = (name: string, size: string, type: string, mount = '') =>
    lines.push(`${name.padEnd(12)} ${size.padStart(6)}  ${type.padEnd(4)}  ${mount}`.trimEnd());
  for (const [index, { device, gigabytes }] of identity.disks.entries()) {
    row(device, `${gigabytes}G`, 'disk');
    if (index === 0) {
      row(`├─${device}p1`, '1G', 'part', '/boot');
      row(`├─${device}p2`, `${gigabytes - 9}G`, 'part', '/');
      row(`└─${device}p3`, '8G', 'part', '[SWAP]');
    } else row(`└─${device}p1`, `${gigabytes}G`, 'part', `/srv/data${index}`);
  }
  return lines.join('\n');
}

export function reportAddresses({ identity }: ReportContext): string {
  const lines = ['1: lo: <LOOPBACK,UP> mtu 65536 state UNKNOWN', '    inet 127.0.0.1/8 scope host lo'];
  for (const [index, { device, mac, address }] of identity.nics.entries()) {
    const up = index === 0;
    lines.push(
      `${index + 2}: ${device}: <BROADCAST,MULTICAST,UP> mtu 9000 state ${up ? 'UP' : 'DOWN'}`,
      `    link/ether ${mac} brd ff:ff:ff:ff:ff:ff`,
    );
    if (up) lines.push(`    inet ${address}/24 brd 192.0.2.255 scope global ${device}`);
  }
  return lines.join('\n');
}

export function reportSensors({ random }: ReportContext): string {
  const degrees = (least: number, most: number) => `+${random.between(least * 10, most * 10) / 10} °C`;
  const rounds = () => `${random.between(54, 68) * 100} RPM`;
  return table([
    ['Inlet', degrees(20, 23)],
    ['CPU 0', degrees(41, 52)],
    ['Memory', degrees(34, 40)],
    ['Exhaust', degrees(29, 34)],
    ['Fan 1', rounds()],
    ['Fan 2', rounds()],
    ['Fan 3', rounds()],
    ['Power', `${random.between(140, 210)} W`],
  ]);
}

export function reportUptime({ now, uptime }: ReportContext): string {
  const minutes = Math.floor(uptime() / 60_000);
  const time = new Date(now()).toISOString().slice(11, 19);
  const span = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  return ` ${time} up ${span}, 1 user, load average: 0.00, 0.01, 0.00`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([label, value]) => `${`${label}:`.padEnd(22)}${value}`).join('\n');
}
