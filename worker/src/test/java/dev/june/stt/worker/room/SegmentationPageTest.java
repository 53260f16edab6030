package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SegmentationPageTest {
    private static final Path TESTS = Path.of("src/test/java/dev/june/stt/worker");

    /** Names in the last column of the table of edge cases. */
    private static final Pattern NAME = Pattern.compile("`([a-z]\\w{20,})`");

    @Test
    void everyEdgeCaseOnThePageHasItsTest() throws IOException {
        String tests = Files.readString(TESTS.resolve("utterance/EndpointingTest.java"))
                + Files.readString(TESTS.resolve("room/TrackSessionTest.java"))
                + Files.readString(TESTS.resolve("room/HeardTrackProperties.java"));
        List<String> rows = Files.readString(Path.of("../docs/segmentation.md"))
                .lines()
                .dropWhile(line -> !line.startsWith("## Edge cases"))
                .takeWhile(line -> !line.startsWith("## The books"))
                .filter(line -> line.startsWith("|"))
                .skip(2)
                .toList();
        assertThat(rows)
                .hasSizeGreaterThan(10)
                .allSatisfy(row -> assertThat(NAME.matcher(row)
                                .results()
                                .map(MatchResult::group)
                                .toList())
                        .isNotEmpty());
        for (String row : rows) {
            NAME.matcher(row)
                    .results()
                    .forEach(name -> assertThat(tests).as(row).contains("void " + name.group(1) + "("));
        }
    }
}
