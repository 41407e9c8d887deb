import { createRandom } from './random.ts';

/** What the invented server is made of: everything the firmware, the kernel and the shell report about it. */
export interface Identity {
  /** As the operator named it; also its host name. */
  readonly name: string;
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
  readonly uuid: string;
  readonly firmwareVersion: string;
  readonly firmwareDate: string;
  readonly processor: {
    readonly model: string;
    readonly sockets: number;
    readonly cores: number;
    readonly megahertz: number;
  };
  readonly memory: { readonly gibibytes: number; readonly modules: number; readonly speed: number };
  readonly disks: readonly Disk[];
  readonly nics: readonly Nic[];
}

export interface Disk {
  readonly model: string;
  readonly serial: string;
  readonly gigabytes: number;
  /** The kernel's name, e.g. `nvme0n1`. */
  readonly device: string;
}

export interface Nic {
  readonly model: string;
  /** Six bytes, locally administered (02:…), so that no real adapter shares it. */
  readonly mac: string;
  /** From 192.0.2.0/24, the block reserved for documentation (RFC 5737). */
  readonly address: string;
  readonly device: string;
}

/** Invents a server: the same name and seed give the same one. */
export function inventIdentity(name: string, seed: string): Identity {
  const random = createRandom(`${name}/${seed}`);
  const { product, sockets } = random.pick(products);
  const { model, cores, megahertz } = random.pick(processors);
  const modules = sockets * random.pick([4, 8]);
  const hex = (digits: number) => random.hex(digits);
  return {
    name,
    vendor: 'Meshworks',
    product,
    serial: `MW${random.between(20, 26)}${hex(8).toUpperCase()}`,
    uuid: `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`,
    firmwareVersion: `2.${random.between(1, 9)}.${random.between(0, 12)}`,
    firmwareDate: `${pad(random.between(1, 12))}/${pad(random.between(1, 28))}/2026`,
    processor: { model, sockets, cores, megahertz },
    memory: { gibibytes: modules * random.pick([16, 32]), modules, speed: random.pick([4800, 5600]) },
    disks: Array.from({ length: random.between(1, 3) }, (_, index) => ({
      model: random.pick(['Basalt NX2', 'Basalt NX4', 'Pebble DC1']),
      serial: hex(10).toUpperCase(),
      gigabytes: random.pick([480, 960, 1920, 3840]),
      device: `nvme${index}n1`,
    })),
    nics: Array.from({ length: 2 }, (_, index) => ({
      model: 'Heron 25G SFP28',
      mac: `02:4d:57:${hex(2)}:${hex(2)}:${hex(2)}`,
      address: `192.0.2.${random.between(10, 240)}`,
      device: `ens${index + 1}f0`,
    })),
  };
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

const products = [
  { product: 'Lattice R240', sockets: 1 },
  { product: 'Lattice R480', sockets: 2 },
  { product: 'Lattice R480 Dense', sockets: 2 },
];

const processors = [
  { model: 'Quill 9 7424', cores: 24, megahertz: 2900 },
  { model: 'Quill 9 7532', cores: 32, megahertz: 2600 },
  { model: 'Quill 9 7564', cores: 64, megahertz: 2250 },
];
