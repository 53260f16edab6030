package dev.june.stt.worker.room;

/** Knows the number of a track's last utterance, 0 if there was none. May wait for NATS. */
@FunctionalInterface
public interface LastNumber {
    long of(String room, String identity, String track);
}
