package dev.june.stt.transcript;

/** Whose speech it is, in LiveKit's original spelling. */
public record Origin(String namespace, String pipeline, String room, Participant participant, String track) {

    /** A participant: the identity is unique in its room and survives a reconnect, the sid need not. */
    public record Participant(String identity, String sid) {}
}
