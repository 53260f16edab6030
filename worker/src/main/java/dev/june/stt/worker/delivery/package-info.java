/**
 * From a sealed utterance to its transcript, through JetStream. Open {@link dev.june.stt.worker.delivery.SealedUtterance}, then {@link
 * dev.june.stt.worker.delivery.Outbox} (appends) and {@link dev.june.stt.worker.delivery.DecodeLoop} (pulls, decodes, publishes, acks). Waiting
 * is done on virtual threads.
 */
@NullMarked
package dev.june.stt.worker.delivery;

import org.jspecify.annotations.NullMarked;
