package dev.june.stt.worker.room;

import dev.june.stt.transcript.Transcript.Language;

/** What the tracks of one participant share. Any thread. */
final class Participant {
    private final String room;
    private final String identity;
    private final String sid;

    Participant(String room, String identity, String sid) {
        this.room = room;
        this.identity = identity;
        this.sid = sid;
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

    /** The language that the next utterance is known to be in, or {@code auto}. */
    KnownLanguage language(String configured) {
        return new KnownLanguage(configured, Language.Source.DECLARED);
    }

    /** A language and how it came to be known. */
    record KnownLanguage(String code, Language.Source source) {}
}
