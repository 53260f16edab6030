package dev.june.stt.worker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryUseTest {
    private static final List<String> STATUS = List.of("Name:\tjava", "VmRSS:\t 8388608 kB", "RssAnon:\t 2000000 kB");

    @Test
    void onlyWhatCannotBeGivenBackCountsInStepsOfFive() {
        assertThat(MemoryUse.percent(STATUS, "4294967296")).isEqualTo(45);
        assertThat(MemoryUse.percent(STATUS, "2048000000")).isEqualTo(100);
    }

    @Test
    void withoutALimitOrAFigureNothingIsKnown() {
        assertThat(MemoryUse.percent(STATUS, "max")).isZero();
        assertThat(MemoryUse.percent(List.of("Name:\tjava"), "4294967296")).isZero();
        assertThat(new MemoryUse(Path.of("no-such-file"), Path.of("nor-this")).percent())
                .isZero();
    }
}
