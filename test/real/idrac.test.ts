import { openVncScreen, type ScreenSource } from '@consolemesh/bmc-simulator';
import { describe, expect, it, vi } from 'vitest';
import {
  idracCertificate,
  seesMachine,
  startIdracFace,
  startIdracMachine,
  vncPassword,
} from '../browser/idrac-machines.ts';
import { startIdracMesh } from '../browser/idrac-mesh.ts';
import { launchChromium } from '../harness/chromium.ts';
import { qemuBootMenu, startQemu } from '../harness/vnc-servers.ts';
import { sitDown } from './person-at-viewer.ts';

// A desktop, a viewer and QEMU; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

/** Somebody at TigerVNC's viewer, straight at the VNC server of an iDRAC. */
const sitAt = (port: number, options: string[]) =>
  sitDown({
    port,
    name: 'OpenVNC',
    password: vncPassword,
    ca: idracCertificate.cert,
    options: ['-SecurityTypes=VncAuth', ...options],
  });

/** How much of a screen is not black. */
const ink = ({ framebuffer }: ScreenSource) => framebuffer.pixels.filter((pixel) => pixel !== 0).length;

describe('TigerVNC at the VNC server of a simulated iDRAC', () => {
  it.each([
    ['generation 8, Hextile', ['-PreferredEncoding=Hextile'], '8'],
    ['generation 9, Raw', ['-PreferredEncoding=Raw'], '9'],
  ] as const)('shows it and types into it (%s)', async (_name, options, generation) => {
    await using idrac = await startIdracMachine({ generation });
    await using person = await sitAt(idrac.port, [...options]);
    await person.type('root');
    await person.press('Return', 'Return');
    await person.type('uname -a');
    await person.press('Return');
    await expect.poll(idrac.text).toContain('x86_64 GNU/Linux');
    await person.sees(() => idrac.screen.framebuffer.pixels);
    expect(idrac.vnc).toMatchObject({ sessions: 1, starvedRequests: 0 });
  });
});

describe('QEMU behind the VNC server of a simulated iDRAC', () => {
  it('is seen and operated in Chromium, with TLS and 16 bits', async () => {
    await using qemu = await startQemu({ args: qemuBootMenu });
    await using screen = await openVncScreen({ host: qemu.host, port: qemu.port });
    await using house = await startIdracMesh();
    await using server = await house.startServer({ generation: '8', words: ['strict-encodings'], screen });
    await server.enable();
    await using browser = await launchChromium();
    await using tab = await browser.newPage();
    await tab.page.goto((await server.link()).url);
    await expect.poll(() => ink(screen), { timeout: 20_000 }).toBeGreaterThan(1_000);
    await seesMachine(tab.page, { screen });
    const before = ink(screen);
    await tab.page.keyboard.press('Escape');
    await expect.poll(() => ink(screen), { timeout: 20_000 }).toBeGreaterThan(before + 1_000);
    await seesMachine(tab.page, { screen });
    await tab.screenshot('idrac-qemu');
    expect(server.idrac.vnc.starvedRequests).toBe(0);
  });

  it('is seen and operated by TigerVNC, through two servers', async () => {
    await using qemu = await startQemu({ password: 'other-pw', args: qemuBootMenu });
    await using screen = await openVncScreen({ host: qemu.host, port: qemu.port, password: 'other-pw' });
    await using face = await startIdracFace(screen, { settings: { tls: false } });
    await using person = await sitAt(face.port!, ['-PreferredEncoding=Hextile']);
    await expect.poll(() => ink(screen), { timeout: 20_000 }).toBeGreaterThan(1_000);
    const before = ink(screen);
    await person.press('Escape');
    await expect.poll(() => ink(screen), { timeout: 20_000 }).toBeGreaterThan(before + 1_000);
    await person.sees(() => screen.framebuffer.pixels);
    await person.photograph('idrac-qemu-by-tigervnc');
  });
});
