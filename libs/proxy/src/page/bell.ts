/** Tells a bell of the server the way the operator likes: not at all, as a frame around the console, or as a short tone. */
export function createBell(stage: HTMLElement, how: () => 'off' | 'flash' | 'sound'): () => void {
  let audio: AudioContext | undefined;
  return () => {
    if (how() === 'flash') flash(stage);
    if (how() === 'sound') {
      audio ??= new AudioContext();
      beep(audio);
    }
  };
}

function flash(stage: HTMLElement): void {
  stage.classList.remove('bell');
  // Reading a size makes the browser notice the removal, so that the animation starts again.
  void stage.offsetWidth;
  stage.classList.add('bell');
  stage.addEventListener('animationend', () => stage.classList.remove('bell'), { once: true });
}

/** 90 ms of 880 Hz, quiet, with soft edges. */
function beep(audio: AudioContext): void {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  const start = audio.currentTime;
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.08, start + 0.01);
  volume.gain.linearRampToValueAtTime(0, start + 0.09);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.1);
}
