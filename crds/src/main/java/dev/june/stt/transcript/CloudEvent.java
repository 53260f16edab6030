package dev.june.stt.transcript;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A CloudEvent 1.0 in structured mode.
 *
 * @param id the utterance id for finals, voids and dead letters; utterance id and revision for partials
 * @param source {@code /namespaces/<namespace>/pipelines/<name>}
 * @param type one of the constants here
 * @param subject the participant, {@code <room>/<identity>}, in the original spelling
 * @param time RFC 3339, UTC
 * @param replayed an extension: true on a transcript that was made when a dead letter was put back; absent otherwise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CloudEvent<T>(
        String specversion,
        String id,
        String source,
        String type,
        String subject,
        String time,
        String datacontenttype,
        @Nullable Boolean replayed,
        T data) {
    public static final String FINAL = "dev.june.stt.transcript.final.v1";
    public static final String PARTIAL = "dev.june.stt.transcript.partial.v1";
    public static final String VOID = "dev.june.stt.transcript.void.v1";
    public static final String DEAD_LETTER = "dev.june.stt.transcript.deadletter.v1";

    public static <T> CloudEvent<T> of(String type, String id, Origin origin, java.time.Instant time, T data) {
        return new CloudEvent<>(
                "1.0",
                id,
                "/namespaces/" + origin.namespace() + "/pipelines/" + origin.pipeline(),
                type,
                origin.room() + "/" + origin.participant().identity(),
                time.toString(),
                "application/json",
                null,
                data);
    }

    /** The same event, marked as made by a replay. */
    public CloudEvent<T> asReplayed() {
        return new CloudEvent<>(specversion, id, source, type, subject, time, datacontenttype, true, data);
    }
}
