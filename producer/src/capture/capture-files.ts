/** The disk as a capture sees it. */
export interface CaptureFiles {
  /**
   * Size of a file in bytes.
   *
   * @throws FeedmillError SOURCE_FAILED when there is none or it may not be read
   */
  sizeOf(path: string): Promise<number>;
  /**
   * Names of the files in a folder, sorted; none where there is no such folder.
   *
   * @throws FeedmillError SOURCE_FAILED when it may not be read
   */
  list(folder: string): Promise<readonly string[]>;
  /**
   * The bytes of a file from its beginning, in pieces of any size. Ends when `signal` aborts.
   *
   * @throws FeedmillError SOURCE_FAILED when reading fails
   */
  read(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
