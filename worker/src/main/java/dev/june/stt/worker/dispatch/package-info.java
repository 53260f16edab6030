/**
 * From a stored transcript to the webhook's receiver: signed, retried, in order for each participant, or a dead letter. Open {@link
 * dev.june.stt.worker.dispatch.WebhookDispatcher}, then {@link dev.june.stt.worker.dispatch.Courier}, which decides what becomes of one
 * message. The rules are pure: {@link dev.june.stt.worker.dispatch.RetryPlan}, {@link dev.june.stt.worker.dispatch.Signature}, {@link
 * dev.june.stt.worker.dispatch.AddressGuard}. Everything waits on virtual threads.
 */
@NullMarked
package dev.june.stt.worker.dispatch;

import org.jspecify.annotations.NullMarked;
