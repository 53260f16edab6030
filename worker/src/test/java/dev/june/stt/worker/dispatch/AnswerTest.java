package dev.june.stt.worker.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerTest {
    @ParameterizedTest
    @CsvSource({
        "200, ACCEPTED",
        "204, ACCEPTED",
        "299, ACCEPTED",
        "301, REDIRECTED",
        "304, REDIRECTED",
        "308, REDIRECTED",
        "400, REFUSED",
        "404, REFUSED",
        "413, REFUSED",
        "410, GONE",
        "429, THROTTLED",
        "500, SERVER_ERROR",
        "503, SERVER_ERROR",
        "999, SERVER_ERROR"
    })
    void onlyTwoHundredsAreSuccess(int status, Answer.Kind kind) {
        assertThat(Answer.ofStatus(status, Optional.empty()).kind()).isEqualTo(kind);
    }
}
