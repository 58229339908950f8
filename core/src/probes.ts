/** Whether a process does what it is there for, and if not, why. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string };

/** What can be scraped; a Registry of prom-client is one. */
export interface Metrics {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** The door for probes and scrapes. */
export interface HttpServer {
  /** host:port it listens on. */
  readonly address: string;
  close(): Promise<void>;
}
