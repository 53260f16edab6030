package dev.june.stt.worker.room;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.worker.delivery.Numbering;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the tracks of one participant share. Any thread. */
final class Participant {
    private final String room;
    private final String identity;
    private final String sid;
    private final Supplier<Numbering.ParticipantNumbers> open;

    @GuardedBy("this")
    private Numbering.@Nullable ParticipantNumbers numbers;

    /** @param open reads the numbers; may wait for NATS, so it is called by a track's thread at its first need */
    Participant(String room, String identity, String sid, Supplier<Numbering.ParticipantNumbers> open) {
        this.room = room;
        this.identity = identity;
        this.sid = sid;
        this.open = open;
    }

    String room() {
        return room;
    }

    String identity() {
        return identity;
    }

    String sid() {
        return sid;
    }

    synchronized Numbering.ParticipantNumbers numbers() {
        if (numbers == null) {
            numbers = open.get();
        }
        return numbers;
    }

    /** The language that the next utterance is known to be in, or {@code auto}. */
    KnownLanguage language(String configured) {
        return new KnownLanguage(configured, Language.Source.DECLARED);
    }

    /** A language and how it came to be known. */
    record KnownLanguage(String code, Language.Source source) {}
}
