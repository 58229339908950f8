import { FeedmillError } from '@feedmill/core/errors';
import type { PostWebhook } from '../alert/alert-courier.ts';

/** Posts over HTTP; a redirect is an answer like any other, and no body is read. */
export function webhookClient(url: string, timeoutMs: number): PostWebhook {
  return async ({ headers, body }) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `HTTP ${response.status}`;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return FeedmillError.from(cause).message;
    }
  };
}
