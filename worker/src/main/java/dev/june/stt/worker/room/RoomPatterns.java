package dev.june.stt.worker.room;

import dev.june.stt.config.LiveKit;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which rooms are listened to: an include matches and no exclude does. {@code *} stands for any characters. */
record RoomPatterns(List<Pattern> include, List<Pattern> exclude) {
    static RoomPatterns of(LiveKit.Rooms rooms) {
        return new RoomPatterns(
                rooms.include().stream().map(RoomPatterns::pattern).toList(),
                rooms.exclude().stream().map(RoomPatterns::pattern).toList());
    }

    boolean match(String room) {
        return include.stream().anyMatch(pattern -> pattern.matcher(room).matches())
                && exclude.stream().noneMatch(pattern -> pattern.matcher(room).matches());
    }

    private static Pattern pattern(String glob) {
        return Pattern.compile(
                List.of(glob.split("\\*", -1)).stream().map(Pattern::quote).collect(Collectors.joining(".*")),
                Pattern.DOTALL);
    }
}
