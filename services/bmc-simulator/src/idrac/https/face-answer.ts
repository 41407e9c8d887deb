/** What a face answers; `lost` hangs up instead. */
export type FaceAnswer = HttpAnswer | 'lost';

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body: string;
  /** What is done once it is sent, e.g. a reset of the card. */
  readonly afterwards?: () => void;
}
