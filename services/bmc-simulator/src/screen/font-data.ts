/**
 * Glyphs of the VGA text mode, 8×16 pixels: the printable characters of ASCII and Latin-1, arrows, box drawing, blocks and signs.
 * Taken from "u_vga16" as packaged in Debian's console-setup-linux 1.221 (consolefonts/Uni2-VGA16.psf.gz), subset and repacked.
 *
 * Copyright © 2000, 2001 by Dmitry Bolkhovityanov. All Rights Reserved.
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
 * files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
 * modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
 * is furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
 * OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE XFREE86 PROJECT BE LIABLE FOR
 * ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
 * WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 *
 * Except as contained in this notice, the name of Dmitry Bolkhovityanov shall not be used in advertising or otherwise to promote
 * the sale, use or other dealings in this Software without prior written authorization from the Dmitry Bolkhovityanov.
 */

/** Runs of code points, first and last, in the order of the glyphs below. */
export const glyphRanges: readonly (readonly [number, number])[] = [
  [0x0020, 0x007e],
  [0x00a0, 0x00ff],
  [0x2010, 0x201a],
  [0x201c, 0x201e],
  [0x2020, 0x2022],
  [0x2026, 0x2026],
  [0x202f, 0x2030],
  [0x2039, 0x203a],
  [0x2190, 0x2193],
  [0x221e, 0x221e],
  [0x2248, 0x2248],
  [0x2264, 0x2265],
  [0x2500, 0x257f],
  [0x2588, 0x2588],
  [0x2591, 0x2592],
  [0x25a0, 0x25a0],
  [0x25ae, 0x25ae],
  [0x25b2, 0x25b2],
  [0x25b4, 0x25b4],
  [0x25b6, 0x25b6],
  [0x25b8, 0x25b8],
  [0x25bc, 0x25bc],
  [0x25be, 0x25be],
  [0x25c0, 0x25c0],
  [0x25c2, 0x25c2],
  [0x25c8, 0x25c8],
  [0x25cf, 0x25cf],
  [0x2610, 0x2612],
  [0x2666, 0x2666],
  [0xfffd, 0xfffd],
];

/** zlib, base64: 16 bytes per glyph, a row of pixels each, the highest bit at the left. */
export const glyphData =
  'eNrlWD+LG0cUX1xstQilG4jwpcgH2EoMYbjiOPIN0qRajrC4GIwqIZJh4+q+g5uACzcuU4YUiwhDCnHlIpAQV6k6zFWHCrHym787' +
  'b/aUi2OfbciTBPrNm5n3d96b3SSJiTDGCCEJfBWVZfktnsB5y/VPzyZCzmuRppdS2BXJXGYkL+SlQZRzOl0vFouphnmef4O2g7ma' +
  'SGYw/NFEcj+lZAdWhiqSyskKxoIFSZv07fIrnqRKv/qF00/KppGSUzuPzoimymAhzXTZepyyNE2lsPqPGF+0oPBTK7qu633ApwVg' +
  'CWRxC+uNzW4/YAV89b+C9dkMaR4YbLEzV6sHXkv9hEp/HWmemuP3z4L46oHNZrOurfyhckirFDJ4Dxkg4FfuDWblHCys5yUzeMdL' +
  'TXxn7Ssvns2eFRdli3BR3AbrN1KW3xmsJGlxVh4jluz+T3U2QP5Yf2xB1GwGQrcG3xaavDz5tm2bYD+5vWs3Vx3Wvg78re0rOv0s' +
  'v9mIbOD5ysat5xc0S/36qvoR6Suj/S3idNjhpmnat9xhLigV3OmnfMmC/Vp5qYI3d/nHckuWn7yoryd0NEifWH5mibloJsfooI4j' +
  '6Y/PMuHPa3JdFDMdYuH5QkICOPtGIIkvuvma33Z8yn8qbgP/Ak3V9IXIdEhhfz4tO/9CXtLQn2maDFJNpU45mG8SwM6nUb4A3bTg' +
  '4Kaze20yNNAviI/nC6+i088d6fW0RPoLlQFu/TDP9yoc45Hn6+WBP0oTU49NAvAOc0rDOJmMqdLMHamFqqc2/gMwdaLsHfjCZ8lg' +
  'xVNzyMQas07+kXQp0EXfQqaMVSmIw7fdd+VYmVN64xiU48rLJ6a4OKx8xVX6O4dxjuWzs5evX716/fLMxI9xfhpWL0VjvuTjcKBV' +
  '6YAGur/0/I/f35zTbkCgvVQ76nlAtRMrc7LMi793HRMwWU5Qv+q50MT7Dg4FgF9Xq9UvXytCMu7zfAaa5BPInVmkH1Y5Aev50v6H' +
  'yishHcqr3061Cywu1lAlTtXxyC/GNwEfTjh8oX0Z9xd5V+CtNQgDQBiyB2GIHsIU6lqIk+QUikGr/HEV9wtlL5Qb0xBsvc4iPKTn' +
  'CIM8hGE9C897FmHCzhCGU89wfVD96s73K7DPNwjrHxHWb9gfYdAPYViPMOgrcP3XB4Z095ef/7q6aprt9vs/rTwZyZORPBntH8+P' +
  '+sVtIUw18/0WbFUjN+46gOs7wRiiiflgIcIc8yEBMF+dh+m4Wi6fx/1C57vxcNAftIc7rOQjPo9wHvWHDGO1HvEhAxCejlhaBfEB' +
  '+1B/8BkQ6tdhox9ejzDncX/RxSW8sEIKNDb+Wh7qFwRjJQ/xFwuMfcbYfgH9UYT9zGdM10/69+P3xYfjmHtKepu0yrw8P35v7zNK' +
  'sDQcBsMW9853DKLLOQn7UUWC/mSfcXoFebU60iBr/ThTj8fBE0vhH1fsBdtfr3WKFoci72RVqD+rDdJDmgV26qeNQKPpavU81ABS' +
  'LOziA3pNB0FIANFrHKKj8SEP0Bey/uQD8e6/Yksnkb7vi3cfiE9ifT4x3n0u7PLlc2FLcb5+chzr83/BH7v+fKT68tj147Hrw6Od' +
  'v8fO74ficcw/YfLg933x+5L4/cu/yp8vln+I6Ktz/PnhDf6oa5kjd03DOL6/PHSfeeh+c899B92X+nhIRSvc67Oj97dAn977Fvx+' +
  'Jd4vxO8Ad3ZPVg==';
