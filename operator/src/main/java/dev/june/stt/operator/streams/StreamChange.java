package dev.june.stt.operator.streams;

import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;

/**
 * What to do about a stream or consumer that differs from what it should be. Pure. Only what the pipeline decides is compared and
 * changed: a description, placement or compression that somebody set stays.
 */
sealed interface StreamChange<C> {
    /** It is as it should be. */
    record None<C>() implements StreamChange<C> {}

    /** It can be changed in place, to this. */
    record Update<C>(C configuration) implements StreamChange<C> {}

    /** The server cannot change this in place; a person has to decide. */
    record Impossible<C>(String why) implements StreamChange<C> {}

    static StreamChange<StreamConfiguration> between(StreamConfiguration actual, StreamConfiguration desired) {
        if (actual.getRetentionPolicy() != desired.getRetentionPolicy()) {
            return new Impossible<>(
                    differs(actual.getName(), "retention", desired.getRetentionPolicy(), actual.getRetentionPolicy()));
        }
        if (actual.getStorageType() != desired.getStorageType()) {
            return new Impossible<>(
                    differs(actual.getName(), "storage", desired.getStorageType(), actual.getStorageType()));
        }
        if (same(actual, desired)) {
            return new None<>();
        }
        return new Update<>(StreamConfiguration.builder(actual)
                .subjects(desired.getSubjects())
                .maxBytes(desired.getMaxBytes())
                .maxAge(desired.getMaxAge())
                .maxMessagesPerSubject(desired.getMaxMsgsPerSubject())
                .discardPolicy(desired.getDiscardPolicy())
                .discardNewPerSubject(desired.isDiscardNewPerSubject())
                .replicas(desired.getReplicas())
                .duplicateWindow(desired.getDuplicateWindow())
                .allowDirect(desired.getAllowDirect())
                .allowRollup(desired.getAllowRollup())
                .allowMessageTtl(desired.getAllowMessageTtl())
                .subjectDeleteMarkerTtl(desired.getSubjectDeleteMarkerTtl())
                .build());
    }

    /**
     * @param actual with its figures: {@code maxDeliver} is not lowered while something is being delivered again, or the server
     *     would count what is in flight as given up
     */
    static StreamChange<ConsumerConfiguration> between(ConsumerInfo actual, ConsumerConfiguration desired) {
        ConsumerConfiguration before = actual.getConsumerConfiguration();
        if (before.getAckPolicy() != desired.getAckPolicy()) {
            return new Impossible<>(
                    differs(actual.getName(), "ack policy", desired.getAckPolicy(), before.getAckPolicy()));
        }
        long maxDeliver = isLower(desired.getMaxDeliver(), before.getMaxDeliver()) && actual.getRedelivered() > 0
                ? before.getMaxDeliver()
                : desired.getMaxDeliver();
        if (before.getMaxDeliver() == maxDeliver
                && before.getMaxAckPending() == desired.getMaxAckPending()
                && Objects.equals(before.getAckWait(), desired.getAckWait())) {
            return new None<>();
        }
        return new Update<>(ConsumerConfiguration.builder(before)
                .ackWait(desired.getAckWait())
                .maxDeliver(maxDeliver)
                .maxAckPending(desired.getMaxAckPending())
                .build());
    }

    /** Not positive: no limit. */
    private static boolean isLower(long one, long other) {
        return one > 0 && (other <= 0 || one < other);
    }

    private static boolean same(StreamConfiguration actual, StreamConfiguration desired) {
        return new HashSet<>(actual.getSubjects()).equals(new HashSet<>(desired.getSubjects()))
                && actual.getMaxBytes() == desired.getMaxBytes()
                && actual.getMaxAge().equals(desired.getMaxAge())
                && actual.getMaxMsgsPerSubject() == desired.getMaxMsgsPerSubject()
                && actual.getDiscardPolicy() == desired.getDiscardPolicy()
                && actual.isDiscardNewPerSubject() == desired.isDiscardNewPerSubject()
                && actual.getReplicas() == desired.getReplicas()
                && actual.getDuplicateWindow().equals(desired.getDuplicateWindow())
                && actual.getAllowDirect() == desired.getAllowDirect()
                && actual.getAllowRollup() == desired.getAllowRollup()
                && actual.getAllowMessageTtl() == desired.getAllowMessageTtl()
                && Optional.ofNullable(actual.getSubjectDeleteMarkerTtl())
                        .equals(Optional.ofNullable(desired.getSubjectDeleteMarkerTtl()));
    }

    private static String differs(String name, String what, Object expected, Object actual) {
        return name + ": " + what + " expected " + expected + ", is " + actual;
    }
}
