/** Options that every command has. */
export interface GlobalOptions {
  readonly api: string;
  readonly tokenApi: string;
  readonly tlsCa?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly bearerFile?: string;
  readonly trustDomain: string;
  readonly output: 'table' | 'json';
  readonly quiet?: boolean;
}
