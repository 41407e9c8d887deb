import { describe, expect, it, vi } from 'vitest';
import { idracCertificate, startIdracMachine, vncPassword } from '../browser/idrac-machines.ts';
import { tightVncViewer } from '../system-packages.mjs';
import { sitDown } from './person-at-viewer.ts';

// A desktop and a viewer; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

/** Somebody at TightVNC's viewer on a desktop of 16 bits, which asks for 16 bits and for these encodings in this order. */
function sitAt(port: number, encodings: string) {
  const tightVnc = tightVncViewer();
  if (!tightVnc) throw new Error('xtightvncviewer is not there: npm test unpacks it as root, or install it');
  return sitDown({
    port,
    name: 'OpenVNC',
    password: vncPassword,
    ca: idracCertificate.cert,
    options: ['-encodings', encodings],
    tightVnc,
    depth: 16,
  });
}

/** Half a step of five bits, and what the desktop's own rounding adds. */
const fiveBits = 8;

describe('TightVNC at the VNC server of a simulated iDRAC', () => {
  it.each(['hextile raw', 'raw', 'hextile copyrect raw'])(
    'shows 16 bits a pixel and types into it, asked for %s',
    async (encodings) => {
      await using idrac = await startIdracMachine({ words: ['no-32-bit'] });
      await using person = await sitAt(idrac.port, encodings);
      await person.type('root');
      await person.press('Return', 'Return');
      await expect.poll(idrac.text).toContain('root@');
      await person.sees(() => idrac.screen.framebuffer.pixels, fiveBits);
      expect(idrac.vnc).toMatchObject({ sessions: 1, starvedRequests: 0 });
    },
  );

  it('shows nothing when it asks for CopyRect first, though its keys arrive', async () => {
    await using idrac = await startIdracMachine();
    await using person = await sitAt(idrac.port, 'copyrect hextile raw');
    await person.type('root');
    await person.press('Return', 'Return');
    await expect.poll(idrac.text).toContain('root@');
    expect(idrac.vnc.starvedRequests).toBeGreaterThan(0);
    await person.photograph('idrac-starved-tightvnc');
    // Its window as it is before the first picture.
    await person.sees(() => new Uint32Array(1024 * 768).fill(0xffffff));
  });
});
