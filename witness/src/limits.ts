/** Bounds of a witness. */
export const LIMITS = {
  /** Shards that one witness keeps: a page of some hundred bytes and a file each. */
  shardsMax: 4_096,
  /** How often the process sees that it runs, and after what gap it takes itself for stopped. */
  tickMs: 50,
  stallMs: 200,
  /** Largest request: a register and some names. */
  requestBytesMax: 16 * 1024,
  /** Calls that a connection may have open: each answers within a millisecond or two. */
  callsMax: 1_024,
  /** One call to the Kubernetes API, which keeps the registers there. */
  kubernetesCallMs: 2_000,
} as const;
