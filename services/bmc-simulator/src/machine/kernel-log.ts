import type { Identity } from './identity.ts';
import { createRandom } from './random.ts';

/** One line of the kernel's log. */
export interface KernelLine {
  /** Seconds since the kernel started. */
  readonly at: number;
  readonly text: string;
}

export const kernelRelease = '6.12.9-invented-amd64';

/** The kernel's log for this server: the same each time it boots. */
export function kernelLog(identity: Identity): KernelLine[] {
  const random = createRandom(`${identity.uuid}/kernel`);
  let at = 0;
  return [...lines(identity)].map((text, index) => {
    if (index > 3) at += random.next() * (index < 24 ? 0.006 : 0.09);
    return { at, text };
  });
}

/** As `dmesg` prints it: `[    1.234567] text`. */
export function formatKernelLine({ at, text }: KernelLine): string {
  return `[${at.toFixed(6).padStart(12)}] ${text}`;
}

function* lines(identity: Identity): Generator<string> {
  const { processor, memory, disks, nics, vendor, product } = identity;
  const threads = processor.sockets * processor.cores * 2;
  const kib = memory.gibibytes * 1024 * 1024;
  yield `Linux version ${kernelRelease} (build@invented.example) #1 SMP PREEMPT_DYNAMIC Invented 6.12.9-1 (2026-03-14)`;
  yield 'Command line: root=/dev/nvme0n1p2 ro console=tty0 console=ttyS0,115200n8 quiet=0';
  yield 'BIOS-provided physical RAM map:';
  yield 'BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable';
  yield 'BIOS-e820: [mem 0x0000000000100000-0x000000007b3fefff] usable';
  yield `BIOS-e820: [mem 0x0000000100000000-0x${((memory.gibibytes + 2) * 2 ** 30 - 1).toString(16).padStart(16, '0')}] usable`;
  yield 'NX (Execute Disable) protection: active';
  yield 'efi: EFI v2.8 by Meshworks';
  yield `DMI: ${vendor} ${product}/${product.split(' ')[1]}, BIOS ${identity.firmwareVersion} ${identity.firmwareDate}`;
  yield `tsc: Detected ${processor.megahertz}.000 MHz processor`;
  yield 'x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT';
  yield 'ACPI: Early table checksum verification disabled';
  yield `ACPI: RSDP 0x000000007B5FE014 000024 (v02 MESHWK)`;
  yield `smpboot: Allowing ${threads} CPUs, 0 hotplug CPUs`;
  yield `Memory: ${kib - 1_318_404}K/${kib}K available (20480K kernel code, 3298K rwdata, 9216K rodata, 1318404K reserved)`;
  yield 'SLUB: HWalign=64, Order=0-3, MinObjects=0';
  yield 'rcu: Preemptible hierarchical RCU implementation.';
  yield 'Console: colour dummy device 128x48';
  yield 'printk: console [tty0] enabled';
  yield `smpboot: CPU0: ${processor.model} (family: 0x19, model: 0x11, stepping: 0x1)`;
  for (let node = 0; node < processor.sockets; node++)
    yield `.... node  #${node}, CPUs: ${node * processor.cores + 1}-${(node + 1) * processor.cores}`;
  yield `smp: Brought up ${processor.sockets} node(s), ${threads} CPUs`;
  yield 'devtmpfs: initialized';
  yield 'NET: Registered PF_NETLINK/PF_ROUTE protocol family';
  yield 'cpuidle: using governor menu';
  yield 'PCI: Using configuration type 1 for base access';
  yield 'iommu: Default domain type: Translated';
  yield 'SCSI subsystem initialized';
  yield 'usbcore: registered new interface driver usbfs';
  yield 'clocksource: Switched to clocksource tsc-early';
  yield 'NET: Registered PF_INET6 protocol family';
  yield 'Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled';
  yield '00:03: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A';
  yield 'ipmi_si IPI0001:00: IPMI message handler: Found new BMC (man_id: 0x00d1a5)';
  yield 'simpledrm: framebuffer at 0x91000000, 1024x768x32';
  yield 'Console: switching to colour frame buffer device 128x48';
  for (const [index, { device, model, gigabytes }] of disks.entries()) {
    yield `nvme nvme${index}: pci function 0000:${(0x41 + index).toString(16)}:00.0`;
    yield `nvme nvme${index}: ${threads}/0/0 default/read/poll queues`;
    yield ` ${device}: p1 p2 p3   (${model}, ${gigabytes} GB)`;
  }
  for (const [index, { device, mac }] of nics.entries()) {
    yield `heron 0000:a1:00.${index} eth${index}: Heron 25G, ${mac}`;
    yield `heron 0000:a1:00.${index} ${device}: renamed from eth${index}`;
  }
  yield `heron 0000:a1:00.0 ${nics[0]?.device}: NIC Link is Up, 25000 Mbps full duplex, Flow control: None`;
  yield 'usb 1-1: New USB device found: Virtual Keyboard and Mouse';
  yield 'input: Virtual Keyboard as /devices/pci0000:00/0000:00:14.0/usb1/1-1/input/input1';
  yield 'input: Virtual Mouse as /devices/pci0000:00/0000:00:14.0/usb1/1-2/input/input2';
  yield 'md: Waiting for all devices to be available before autodetect';
  yield 'EXT4-fs (nvme0n1p2): mounted filesystem with ordered data mode. Quota mode: none.';
  yield `systemd[1]: Hostname set to <${identity.name}>.`;
  yield 'systemd[1]: Queued start job for default target graphical.target.';
}
