/** An open file, addressed by offset. */
export interface DiskFile {
  /** Writes all buffers, one after another, from `offset` on. */
  write(buffers: readonly Uint8Array[], offset: number): Promise<void>;
  /** Fills `target` from `offset`; returns how many bytes there were. */
  read(target: Uint8Array, offset: number): Promise<number>;
  /** Makes what was written survive a power cut. A failure must never be tried again. */
  sync(): Promise<void>;
  sizeBytes(): Promise<number>;
  truncate(lengthBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** The part of a file system that Feedmill's processes need. Paths are absolute. */
export interface Disk {
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, unsorted; empty where there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Opens for reading and writing, creating the file where it is missing. */
  open(path: string): Promise<DiskFile>;
  /** The same, with each write durable when it is done: one step instead of write and sync. */
  openDurable(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Whole content, or undefined where there is no such file. */
  readFile(path: string): Promise<Buffer | undefined>;
  /** Replaces a file so that after a crash it is either the old or the new one. */
  replaceFile(path: string, content: Uint8Array): Promise<void>;
  /** Makes created, renamed and removed names of a folder survive a power cut. */
  syncFolder(path: string): Promise<void>;
}
