/**
 * From a sealed utterance to its transcript, through JetStream. Open {@link dev.june.stt.worker.delivery.SealedUtterance}, then {@link
 * dev.june.stt.worker.delivery.Outbox} (appends), {@link dev.june.stt.worker.delivery.DecodeLoop} (pulls), {@code DecodeWork} (decodes,
 * acks) and {@code Conclusion} (publishes, counts). Waiting is done on virtual threads.
 */
@NullMarked
package dev.june.stt.worker.delivery;

import org.jspecify.annotations.NullMarked;
