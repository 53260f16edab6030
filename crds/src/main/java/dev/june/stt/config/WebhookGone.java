package dev.june.stt.config;

/**
 * A receiver that answered 410: nothing is posted to it until the address or the generation of the configuration is another. JSON under
 * {@link dev.june.stt.transcript.Keys#WEBHOOK_GONE} in the pipeline's KV bucket, written by the worker that was told, read by the whole
 * pool and by the operator.
 *
 * @param url the address that was asked
 * @param generation of the configuration document then
 * @param since RFC 3339
 */
public record WebhookGone(String url, long generation, String since) {
    /** Whether it still holds for this configuration. */
    public boolean holds(String currentUrl, long currentGeneration) {
        return url.equals(currentUrl) && generation >= currentGeneration;
    }
}
