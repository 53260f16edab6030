package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Speech;
import dev.june.stt.worker.recognition.whisper.DecodeResult;
import dev.june.stt.worker.recognition.whisper.DecodeResult.Aborted;
import dev.june.stt.worker.recognition.whisper.DecodeResult.Decoded;
import dev.june.stt.worker.recognition.whisper.DecodeSettings;
import dev.june.stt.worker.recognition.whisper.Token;
import dev.june.stt.worker.recognition.whisper.WhisperLibrary;
import dev.june.stt.worker.recognition.whisper.WhisperModel;
import dev.june.stt.worker.recognition.whisper.WhisperState;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a state decodes does not depend on what it decoded before: words of one speaker never come into another's text. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class IsolationIT {
    private static final List<Speech> CLIPS = Clips.ENGLISH;

    @Test
    void everyClipHasTheSameTokensAloneAndAfterEachOther() {
        List<String> alone = new ArrayList<>();
        for (Speech clip : CLIPS) {
            try (WhisperModel model = load()) {
                alone.add(decoded(model.states().getFirst(), clip));
            }
        }
        try (WhisperModel model = load()) {
            WhisperState state = model.states().getFirst();
            int before = 0;
            for (int clip : everyPair(CLIPS.size())) {
                assertThat(decoded(state, CLIPS.get(clip)))
                        .as(
                                "%s after %s",
                                CLIPS.get(clip).id(), CLIPS.get(before).id())
                        .isEqualTo(alone.get(clip));
                before = clip;
            }
        }
    }

    @Test
    void theTokensDoNotDependOnTheNumberOfThreads() {
        try (WhisperModel model = load()) {
            WhisperState state = model.states().getFirst();
            for (Speech clip : CLIPS) {
                assertThat(decoded(state, clip, 2)).as(clip.id()).isEqualTo(decoded(state, clip, 1));
                assertThat(decoded(state, clip, 4)).as(clip.id()).isEqualTo(decoded(state, clip, 1));
            }
        }
    }

    /** A walk in which every number follows every other and itself. */
    private static List<Integer> everyPair(int count) {
        List<Integer> walk = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            walk.addAll(List.of(i, i));
            for (int other = i + 1; other < count; other++) {
                walk.addAll(List.of(other, i));
            }
        }
        return walk;
    }

    @Test
    void aDecodeCanBeStoppedAndTheNextIsAsIfNothingHadBeen() {
        Speech clip = CLIPS.getFirst();
        Speech other = Clips.ENGLISH.getLast();
        try (WhisperModel model = load()) {
            WhisperState state = model.states().getFirst();
            String alone = decoded(state, clip);
            DecodeSettings settings = DecodeSettings.forSeconds(Clips.seconds(other), "en", 1, 1, "");
            for (int stopAt : new int[] {1, 4}) {
                AtomicInteger asked = new AtomicInteger();
                DecodeResult result = state.decode(other.samples(), settings, () -> asked.incrementAndGet() >= stopAt);
                assertThat(result).isEqualTo(new Aborted());
                assertThat(decoded(state, clip)).isEqualTo(alone);
            }
        }
    }

    @Test
    void theLanguageDoesNotDependOnTheDecodeBefore() {
        short[] samples = CLIPS.getFirst().samples();
        try (WhisperModel model = WhisperModel.load(WhisperLibrary.bundled(), Models.BASE, false, 1)) {
            WhisperState state = model.states().getFirst();
            var fresh = state.languageProbabilities(samples, 1);
            decoded(state, CLIPS.getLast());
            assertThat(state.languageProbabilities(samples, 1)).isEqualTo(fresh);
            assertThat(fresh).hasSize(99).containsKey("en");
        }
    }

    private static WhisperModel load() {
        return WhisperModel.load(WhisperLibrary.bundled(), Models.TINY_EN, false, 1);
    }

    /** All tokens with their probabilities: text alone would hide a small influence. */
    private static String decoded(WhisperState state, Speech clip) {
        return decoded(state, clip, 1);
    }

    private static String decoded(WhisperState state, Speech clip, int threads) {
        DecodeSettings settings = DecodeSettings.forSeconds(Clips.seconds(clip), "en", threads, 1, "");
        StringBuilder all = new StringBuilder();
        for (Token token : ((Decoded) state.decode(clip.samples(), settings, () -> false)).tokens()) {
            all.append(
                    switch (token) {
                        case Token.Text text ->
                            HexFormat.of().formatHex(text.utf8()) + ":" + text.logProbability() + " ";
                        case Token.Time time -> time + " ";
                    });
        }
        return all.toString();
    }
}
