package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.lifecycle.Recycler.State;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecyclerTest {
    private static final Recycler.Settings SETTINGS = new Recycler.Settings(1_000, 0.8);
    private static final long LIMIT = 1_000_000;

    @Test
    void sessionsWearAWorkerOut() {
        assertThat(judge(999, 0)).isEqualTo(State.FRESH);
        assertThat(judge(1_000, 0)).isEqualTo(State.WORN);
    }

    @Test
    void memoryDoesToo() {
        assertThat(judge(100, 799_999)).isEqualTo(State.FRESH);
        assertThat(judge(100, 800_000)).isEqualTo(State.WORN);
        assertThat(judge(100, 920_000)).isEqualTo(State.SPENT);
    }

    @Test
    void startingAgainIsNoHelpAgainstAModelThatIsTooLarge() {
        assertThat(judge(49, LIMIT)).isEqualTo(State.FRESH);
    }

    @Test
    void withoutAMemoryLimitSessionsAloneCount() {
        assertThat(Recycler.judge(100, Long.MAX_VALUE, 0, 1_000, SETTINGS)).isEqualTo(State.FRESH);
    }

    @Test
    void workersOfAPoolDoNotGoTogether() {
        long[] limits = IntStream.range(0, 50)
                .mapToLong(pod -> Recycler.limitOf("meetings-5d9c7b-" + pod, 1_000))
                .toArray();
        assertThat(LongStream.of(limits).allMatch(limit -> limit > 800 && limit <= 1_000))
                .isTrue();
        assertThat(LongStream.of(limits).distinct().count()).isGreaterThan(25L);
        assertThat(Recycler.limitOf("any", 1)).isEqualTo(1);
    }

    private static State judge(long sessions, long resident) {
        return Recycler.judge(sessions, resident, LIMIT, 1_000, SETTINGS);
    }
}
