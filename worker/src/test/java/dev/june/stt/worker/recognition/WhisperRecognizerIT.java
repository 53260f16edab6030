package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Speech;
import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.Recognition.Dropped;
import dev.june.stt.worker.recognition.Recognition.Failed;
import dev.june.stt.worker.recognition.Recognition.Text;
import dev.june.stt.worker.recognition.Recognizer.Ticket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WhisperRecognizerIT {
    private static final Speech LONGEST = Clips.ENGLISH.getLast();

    @Test
    void theWordsOfRecordedSpeechAreRight() {
        assertThat(wordErrorRate(Models.BASE)).isLessThanOrEqualTo(0.10);
    }

    @Test
    void theWordsOfRecordedSpeechAreRightWithTheSmallestModel() {
        assertThat(wordErrorRate(Models.TINY_EN)).isLessThanOrEqualTo(0.10);
    }

    @Test
    void aTextComesWithEverythingAboutIt() {
        CountedMetrics metrics = new CountedMetrics();
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1, metrics)) {
            Text text = text(recognizer, LONGEST.samples());
            assertThat(text.language()).isEqualTo(new Language("en", null, Source.DECLARED));
            assertThat(text.words()).allSatisfy(word -> {
                assertThat(word.probability()).isBetween(0.0, 1.0);
                assertThat(word.start()).isBetween(0.0, word.end());
                assertThat(word.end()).isLessThanOrEqualTo(Clips.seconds(LONGEST));
            });
            assertThat(text.words()).isSortedAccordingTo((a, b) -> Double.compare(a.start(), b.start()));
            assertThat(text.meanLogProbability()).isBetween(-1.0, 0.0);
            assertThat(text.noSpeechProbability()).isBetween(0.0, 1.0);
            assertThat(text.timing().decoded()).isPositive();
            assertThat(recognizer.speed()).isPositive();
            assertThat(recognizer.states()).isEqualTo(1);
        }
        assertThat(metrics.counted).containsExactly("loaded " + Models.TINY_EN.getFileName(), "decoded FINAL");
    }

    @Test
    void twoStatesDecodeBesideEachOtherAndGetTheSameWordsAsOne() {
        List<String> alone = new ArrayList<>();
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            Clips.shortOnes(4)
                    .forEach(clip -> alone.add(text(recognizer, clip.samples()).text()));
        }
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 2)) {
            List<Ticket> tickets = Clips.shortOnes(4).stream()
                    .map(clip -> recognizer.submit(Models.request(clip.id(), Priority.FINAL, clip.samples(), "en")))
                    .toList();
            assertThat(tickets.stream().map(ticket -> ((Text) ticket.result().join()).text()))
                    .isEqualTo(alone);
        }
    }

    @Test
    void aRunningPartialGivesWayToAFinal() {
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            short[] minutes =
                    Clips.joined(Collections.nCopies(10, LONGEST.samples())); // or it is over before the final comes
            Ticket partial = recognizer.submit(Models.request("a", Priority.PARTIAL, minutes, "en"));
            awaitNoneWaits(recognizer, Priority.PARTIAL);
            Ticket last = submit(recognizer, "b", Priority.FINAL);
            assertThat(last.result().join()).isInstanceOf(Text.class);
            assertThat(partial.result().join()).isEqualTo(new Dropped(DecodeQueue.PREEMPTED));
        }
    }

    @Test
    void aSpeculativeDecodeCanBeGivenUpOrKept() {
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            Ticket givenUp = submit(recognizer, "a", Priority.SPECULATIVE);
            Ticket kept = submit(recognizer, "b", Priority.SPECULATIVE);
            givenUp.cancel();
            kept.promote();
            assertThat(givenUp.result().join()).isEqualTo(new Dropped(DecodeQueue.CANCELLED));
            assertThat(kept.result().join()).isInstanceOf(Text.class);
        }
    }

    @Test
    void closingEndsTheFinalThatRunsAndAnswersTheRest() {
        WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1);
        Ticket running = submit(recognizer, "a", Priority.FINAL);
        awaitNoneWaits(recognizer, Priority.FINAL);
        Ticket waiting = submit(recognizer, "b", Priority.FINAL);
        recognizer.close();
        recognizer.close();
        assertThat(running.result().join()).isInstanceOf(Text.class);
        assertThat(waiting.result().join()).isEqualTo(new Dropped(DecodeQueue.CLOSED));
        assertThat(submit(recognizer, "c", Priority.PARTIAL).result().join())
                .isEqualTo(new Dropped(DecodeQueue.CLOSED));
    }

    @Test
    void aShortWordAfterAPauseAtTheVeryEndIsHeard() {
        Speech sentence = Clips.shortOnes(2).get(1);
        try (WhisperRecognizer recognizer = Models.recognizer(Models.TINY_EN, 1)) {
            Text whole = text(recognizer, LONGEST.samples());
            var word = whole.words().getLast();
            short[] last = Clips.between(LONGEST, word.start() - 0.05, word.end());
            short[] samples = Clips.joined(List.of(Clips.trimmed(sentence), Clips.silence(0.4), last));
            assertThat(Guards.normalized(text(recognizer, samples).text())).endsWith(Guards.normalized(word.text()));
        }
    }

    @Test
    void hotWordsDoNotHurtAndAreNotReadOut() {
        try (WhisperRecognizer recognizer = Models.recognizer(Models.BASE, 1)) {
            Speech clip = Clips.shortOnes(1).getFirst();
            DecodeRequest request = new DecodeRequest(
                    "a",
                    Priority.FINAL,
                    clip.samples(),
                    "en",
                    List.of(),
                    List.of("Kubernetes", "JetStream", "Micrometer"),
                    new SpeechEvidence(Clips.seconds(clip), 0.9));
            Text text = (Text) recognizer.submit(request).result().join();
            assertThat(WordErrors.of(clip.reference(), text.text()).rate()).isLessThan(0.3);
            assertThat(text.text()).doesNotContain("Kubernetes");
        }
    }

    @Test
    void aLanguageThatTheModelDoesNotKnowIsAFailureWithAReason() {
        try (WhisperRecognizer recognizer = Models.recognizer(Models.BASE, 1)) {
            Recognition recognition = recognizer
                    .submit(Models.request("a", Priority.FINAL, Clips.silence(1), "xx"))
                    .result()
                    .join();
            assertThat(recognition).isEqualTo(new Failed("language", "the model does not know the language xx"));
        }
    }

    /** What was submitted runs. */
    private static void awaitNoneWaits(WhisperRecognizer recognizer, Priority priority) {
        while (recognizer.waiting(priority) > 0) {
            Thread.onSpinWait();
        }
    }

    private static Ticket submit(Recognizer recognizer, String utteranceId, Priority priority) {
        return recognizer.submit(Models.request(utteranceId, priority, LONGEST.samples(), "en"));
    }

    private static Text text(Recognizer recognizer, short[] samples) {
        return (Text) recognizer
                .submit(Models.request("a", Priority.FINAL, samples, "en"))
                .result()
                .join();
    }

    private static double wordErrorRate(Path model) {
        WordErrors errors = WordErrors.NONE;
        try (WhisperRecognizer recognizer = Models.recognizer(model, 1)) {
            for (Speech clip : Clips.ENGLISH) {
                errors = errors.plus(WordErrors.of(
                        clip.reference(), text(recognizer, clip.samples()).text()));
            }
        }
        System.out.printf("%s: word error rate %.3f%n", model.getFileName(), errors.rate());
        return errors.rate();
    }
}
