/**
 * Environment of our processes for glibc's allocator. By default each of Node's threads gets arenas
 * of its own and freed buffers stay in them: at 20,000 events/s a worker held 50 MiB more than so
 * (docs/performance.md). Other C libraries ignore it.
 */
export const MEMORY_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '262144',
} as const;
