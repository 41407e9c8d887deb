/** Somebody who is attached. */
export interface Person {
  readonly session: string;
  readonly subject: string;
  readonly role: 'control' | 'view';
  readonly pen: boolean;
}

/** Messages of the line door that are understood here (services/serialproxy/README.md); others are passed over. */
export type DoorMessage =
  | {
      readonly type: 'opened';
      readonly session: string;
      readonly node: string;
      readonly role: 'control' | 'view';
      readonly resume: string;
      readonly viewers?: readonly Person[];
    }
  | { readonly type: 'resume'; readonly resume: string }
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'joined'; readonly viewer: Person }
  | { readonly type: 'left'; readonly session: string }
  | {
      readonly type: 'pen';
      readonly holder: string | null;
      readonly change: 'asked' | 'given' | 'taken' | 'claimed' | 'released';
      readonly by: string | null;
    }
  | { readonly type: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly type: 'upstream'; readonly state: 'lost' | 'restored'; readonly message: string | null }
  | {
      readonly type: 'closing';
      readonly reason: string;
      readonly message: string;
      readonly canResume: boolean;
      readonly retryAfterMs: number | null;
    };
