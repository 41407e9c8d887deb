/**
 * Stands where xterm.js would put a `<style>` element with text, which a policy without inline styles forbids: its text becomes a
 * constructed sheet that the document adopts while the element is in it. The build puts it there.
 */
class AdoptedSheet extends HTMLElement {
  readonly #sheet = new CSSStyleSheet();

  override get textContent(): string {
    return '';
  }

  override set textContent(text: string | null) {
    this.#sheet.replaceSync(text ?? '');
  }

  connectedCallback(): void {
    document.adoptedStyleSheets.push(this.#sheet);
  }

  disconnectedCallback(): void {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== this.#sheet);
  }
}

customElements.define('console-sheet', AdoptedSheet);
