/** A BMC answered the wish for a WebSocket with something else. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  /** HTTP status. */
  readonly status: number;

  constructor(status: number) {
    super(`the upgrade to a WebSocket was answered with status ${status}`);
    this.status = status;
  }
}
