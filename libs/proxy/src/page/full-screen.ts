/** Browsers that can give a full-screen page the keys they otherwise keep (Esc, Alt+Tab, Windows). */
interface KeyboardLock {
  lock?(): Promise<void>;
  unlock?(): void;
}

/** Switches full screen, with the browser's own keys where it gives them away. */
export async function toggleFullScreen(refused: (why: string) => void): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  if (!document.fullscreenEnabled) return refused('This browser has no full screen for pages.');
  await document.documentElement
    .requestFullscreen({ navigationUI: 'hide' })
    .catch(() => refused('The browser refused full screen.'));
  const { keyboard } = navigator as Navigator & { keyboard?: KeyboardLock };
  // Without it the keys stay with the browser, which is no error.
  await keyboard?.lock?.().catch(() => undefined);
}
