package dev.june.stt.operator.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MissedTest {
    @Test
    void whatArrivesBetweenTwoLooksWasNotMissed() {
        Missed<String> first = look(Missed.nothing(), Map.of("a", "2"), Map.of("a", "1"));
        assertThat(first.isDeaf()).as("a moment ahead").isFalse();
        assertThat(look(first, Map.of("a", "2"), Map.of("a", "2")).isDeaf()).isFalse();
        assertThat(look(first, Map.of("a", "3"), Map.of("a", "2")).isDeaf())
                .as("it changes all the time, and the watch follows")
                .isFalse();
    }

    @Test
    void aChangeOfWhichNothingHasArrivedSinceTheLastLookWasMissed() {
        Missed<String> first = look(Missed.nothing(), Map.of("a", "2", "b", "1"), Map.of("a", "1", "b", "1"));
        Missed<String> second = look(first, Map.of("a", "3", "b", "1"), Map.of("a", "1", "b", "1"));
        assertThat(second.isDeaf()).isTrue();
        assertThat(look(second, Map.of("a", "3"), Map.of("a", "3")).isDeaf())
                .as("it hears again")
                .isFalse();
    }

    @Test
    void aNewOneThatNeverArrivesIsMissedAndADeletedOneIsNot() {
        Missed<String> first = look(Missed.nothing(), Map.of("new", "1", "gone", "5"), Map.of("gone", "4"));
        assertThat(look(first, Map.of("new", "1"), Map.of("gone", "4")).isDeaf())
                .isTrue();
        assertThat(look(first, Map.of(), Map.of("gone", "4")).isDeaf()).isFalse();
    }

    private static Missed<String> look(Missed<String> before, Map<String, String> read, Map<String, String> arrived) {
        return before.look(read, object -> Optional.ofNullable(arrived.get(object)));
    }
}
