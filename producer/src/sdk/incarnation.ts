/**
 * Gives each start of a producer its number. The number must rise with every start, because what
 * the process before held in its buffer is gone; of two, the worker serves the higher.
 */
export interface IncarnationSource {
  /**
   * A number above all that were given before, kept so that it survives any crash.
   *
   * @param above a number that it has to be above as well
   *
   * @throws FeedmillError CONFIG_INVALID when the place where it is kept cannot be used
   */
  next(above?: number): Promise<number>;
}
