package dev.june.stt.worker.room;

import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.SealedUtterance;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who is listened to, room by room, for people who look. Holds what the rooms hold and nothing once they are over. Any thread. */
public final class Roster {
    private final Map<String, RoomSession> rooms = new ConcurrentHashMap<>();
    private final Clock clock;

    public Roster(Clock clock) {
        this.clock = clock;
    }

    /**
     * A part of a list.
     *
     * @param next to be asked for as {@code after}; empty at the end
     */
    public record Page<T>(List<T> entries, Optional<String> next) {}

    void add(RoomSession session) {
        rooms.put(session.room(), session);
    }

    void remove(RoomSession session) {
        rooms.remove(session.room(), session);
    }

    /** This worker stored what became of an utterance, which another may have heard. */
    public void stored(SealedUtterance.Header utterance, Transcript transcript) {
        Optional.ofNullable(rooms.get(utterance.origin().room()))
                .flatMap(room ->
                        room.participant(utterance.origin().participant().identity()))
                .ifPresent(participant -> participant
                        .figures()
                        .stored(
                                transcript,
                                utterance.speechEndedAt(),
                                Duration.between(utterance.speechEndedAt(), clock.instant())));
    }

    /** Rooms by name, behind {@code after}. */
    public Page<RoomStatus> rooms(@Nullable String after, int limit) {
        List<RoomSession> found = first(rooms.values().stream(), RoomSession::room, after, limit + 1);
        return page(
                found.stream()
                        .map(session -> new RoomStatus(
                                session.room(),
                                session.participants().size(),
                                session.tracks().values().stream()
                                        .mapToInt(Long::intValue)
                                        .sum()))
                        .toList(),
                RoomStatus::room,
                limit);
    }

    /** Participants of a room by identity, behind {@code after}; empty if the room is not listened to here. */
    public Optional<Page<RoomStatus.Participant>> participants(String room, @Nullable String after, int limit) {
        RoomSession session = rooms.get(room);
        if (session == null) {
            return Optional.empty();
        }
        Map<String, Long> tracks = session.tracks();
        List<Participant> found = first(session.participants().stream(), Participant::identity, after, limit + 1);
        return Optional.of(page(
                found.stream()
                        .map(each -> new RoomStatus.Participant(
                                each.identity(),
                                each.sid(),
                                tracks.getOrDefault(each.identity(), 0L),
                                each.figures().speech()))
                        .toList(),
                RoomStatus.Participant::identity,
                limit));
    }

    private static <T> List<T> first(Stream<T> all, Function<T, String> name, @Nullable String after, int limit) {
        return all.filter(each -> after == null || name.apply(each).compareTo(after) > 0)
                .sorted(Comparator.comparing(name))
                .limit(limit)
                .toList();
    }

    private static <T> Page<T> page(List<T> found, Function<T, String> name, int limit) {
        return found.size() <= limit
                ? new Page<>(found, Optional.empty())
                : new Page<>(found.subList(0, limit), Optional.of(name.apply(found.get(limit - 1))));
    }
}
