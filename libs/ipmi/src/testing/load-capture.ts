import { readFileSync } from 'node:fs';

/** A recorded session of ipmitool 1.8.19, with everything that was secret in it. */
export interface Capture {
  suite: number;
  user: string;
  password: string;
  kg: string | null;
  role: number;
  /** Hexadecimal, as on the wire. */
  SIDm: string;
  SIDc: string;
  Rm: string;
  Rc: string;
  guid: string;
  sik: string;
  k1: string;
  k2: string;
  packets: { n: number; dir: 'client' | 'bmc'; hex: string; note: string }[];
}

const FILES = {
  3: 'vectors-suite3-ipmi_sim-2.0.33-ipmitool-1.8.19.json',
  17: 'vectors-suite17-minibmc-ipmitool-1.8.19.json',
};

export function loadCapture(suite: keyof typeof FILES): Capture {
  return JSON.parse(readFileSync(new URL(`captures/${FILES[suite]}`, import.meta.url), 'utf8'));
}
