/** Copies what is selected in the terminal, and says how it went. */
export async function copySelection(text: string, says: (sentence: string) => void): Promise<void> {
  if (text === '') return says('Nothing is selected. Drag over the text, then copy.');
  try {
    await navigator.clipboard.writeText(text);
    says('Copied.');
  } catch {
    says('The browser does not let this page copy; use Ctrl+C or its menu.');
  }
}
