import type { Register } from '@feedmill/core/region/register';
import type { ShardKey } from '@feedmill/core/region/register-message';

/** Where registers survive the witness. */
export interface RegisterStore {
  /** @throws FeedmillError WITNESS_STORE where what is there cannot be read */
  load(key: ShardKey): Promise<Register | undefined>;
  /**
   * Replaces `before` by `after`; when it resolves, a crash no longer loses it.
   *
   * @returns false where something else than `before` stands: another witness has written
   * @throws FeedmillError WITNESS_STORE where it cannot be written; it may be there all the same
   */
  replace(key: ShardKey, before: Register | undefined, after: Register): Promise<boolean>;
}
