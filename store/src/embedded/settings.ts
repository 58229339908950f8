const MIB = 1024 * 1024;

/** Beyond this, more cache no longer pays: rows are written once, and the newest are read. */
const SHARED_BUFFERS_MAX_BYTES = 2048 * MIB;

/** What decides over the settings. */
export interface ServerFacts {
  readonly port: number;
  readonly memoryBytes: number;
  /** Whether commits must survive the loss of power. Tests throw their data away. */
  readonly isDurable: boolean;
}

/**
 * The server's configuration, written anew at each start. It is included before whatever the user
 * appends to postgresql.conf, so that the user's word is the last.
 */
export function renderSettings({ port, memoryBytes, isDurable }: ServerFacts): string {
  // An eighth of the machine: workers, page cache and console live beside it.
  const sharedBuffers = Math.min(SHARED_BUFFERS_MAX_BYTES, memoryBytes / 8);
  return `# Written by Feedmill at each start; put your own settings into postgresql.conf.

# Only this machine may come in, and only with the password kept beside the data.
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = ''
max_connections = 100

# What was committed is on disk: the journal is trimmed on Postgres' word.
fsync = ${isDurable ? 'on' : 'off'}
synchronous_commit = on
full_page_writes = on

# Index pages of the running day stay in memory, and pages of rows are written once, when they are
# full, instead of by the backend that needs the room.
shared_buffers = ${Math.max(16, Math.floor(sharedBuffers / MIB))}MB

# A checkpoint writes every changed page again into the log: rare ones keep the log small.
max_wal_size = 4GB
min_wal_size = 1GB
# Rows of one commit go into the log without waiting for it to be written in between.
wal_buffers = ${Math.max(16, Math.floor(sharedBuffers / MIB / 32))}MB
checkpoint_timeout = 15min
# The npm builds have no lz4, and pglz costs more time than its bytes.
wal_compression = off
# Nobody replicates from this server: the other region gets the journal, not the log.
wal_level = minimal
max_wal_senders = 0

# Our statements are short; compiling them would cost more than it saves.
jit = off
# Two system calls a statement less; pg_stat_activity tells the same.
update_process_title = off

# A client that froze in a transaction must not keep its locks.
idle_in_transaction_session_timeout = 30s

# Insert-only tables need it for visibility maps and statistics, updated ones for their dead rows.
autovacuum = on
# A partition that only grows is not worth going over each time a fifth was added.
autovacuum_vacuum_insert_threshold = 10000000

timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
log_min_messages = warning
log_checkpoints = off
`;
}

/** Who may connect: password over the loopback address, nobody else. */
export const HOST_RULES = `# Written by Feedmill when the data was made.
host all all 127.0.0.1/32 scram-sha-256
`;
