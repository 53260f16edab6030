package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.transcript.Transcript.Language.Source;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Recognition.Dropped;
import dev.june.stt.worker.recognition.Recognition.Failed;
import dev.june.stt.worker.recognition.Recognition.NoWords;
import dev.june.stt.worker.recognition.Recognition.Suppressed;
import dev.june.stt.worker.recognition.Recognition.Text;
import dev.june.stt.worker.recognition.Recognition.Timing;
import dev.june.stt.worker.recognition.WindowResult.Broken;
import dev.june.stt.worker.recognition.WindowResult.Heard;
import dev.june.stt.worker.recognition.WindowResult.Looped;
import dev.june.stt.worker.recognition.WindowResult.Stopped;
import dev.june.stt.worker.recognition.whisper.DecodeResult.Aborted;
import dev.june.stt.worker.recognition.whisper.DecodeResult.Decoded;
import dev.june.stt.worker.recognition.whisper.DecodeResult.NativeFailure;
import dev.june.stt.worker.recognition.whisper.DecodeSettings;
import dev.june.stt.worker.recognition.whisper.WhisperState;
import dev.june.stt.worker.recognition.whisper.WhisperState.FirstToken;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on one model state, from samples to a {@link Recognition}: decode, language, guards, and one more decode at the full window
 * where the first cannot be believed. Belongs to the thread of its state.
 */
final class WhisperDecoder {
    /** Below it nothing that is detected is sure (facts: 1 s of speech was right 2 times in 10, 3 s 10 times), so nothing is spent on it. */
    private static final double VOICED_SECONDS_TO_DETECT = 3;

    /** A language that the decode's own, shorter window is so sure of needs no second look at the full one. */
    private static final double SURE = 0.9;

    private final WhisperState state;
    private final List<String> languages;
    private final int threads;
    private final int beamSize;
    private final RecognitionMetrics metrics;

    /** @param languages that the model knows; empty if only English */
    WhisperDecoder(WhisperState state, List<String> languages, int threads, int beamSize, RecognitionMetrics metrics) {
        this.state = state;
        this.languages = List.copyOf(languages);
        this.threads = threads;
        this.beamSize = beamSize;
        this.metrics = metrics;
    }

    /**
     * @param stop asked at every token; once it says true, the result is of no use
     * @param timing asked once, at the end
     */
    Recognition recognize(DecodeRequest request, BooleanSupplier stop, Supplier<Timing> timing) {
        LanguageChoice choice = LanguageChoice.of(request, languages);
        if (!languages.isEmpty() && !languages.contains(choice.first())) {
            return new Failed("language", "the model does not know the language " + choice.first());
        }
        Language language = new Language(choice.first(), null, Source.DECLARED);
        WindowResult result = decode(request, language.code(), stop);
        if (choice.isOpen() && result instanceof Heard) {
            language = detect(request, choice);
            if (!language.code().equals(choice.first())) {
                result = decode(request, language.code(), stop);
            }
        }
        return switch (result) {
            case Heard(List<SpokenWord> words) -> heard(request, words, language, timing);
            case Looped(String guard) ->
                new Failed(guard, "not believed, also at the full window: " + request.seconds() + " s of audio");
            case Broken(int code) ->
                new Failed(
                        "native", "whisper.cpp gave up with code " + code + ": " + request.seconds() + " s of audio");
            case Stopped _ -> new Dropped(DecodeQueue.CANCELLED);
        };
    }

    private Recognition heard(
            DecodeRequest request, List<SpokenWord> words, Language language, Supplier<Timing> timing) {
        if (words.isEmpty()) {
            return new NoWords(timing.get());
        }
        Optional<String> guard = Guards.silence(words, language.code(), request.hotWords(), request.evidence());
        if (guard.isPresent()) {
            return new Suppressed(guard.get(), timing.get());
        }
        @Nullable Double noSpeech = noSpeechProbability(request.priority());
        return new Text(
                SpokenWord.text(words),
                SpokenWord.published(words),
                language,
                SpokenWord.meanLogProbability(words),
                noSpeech,
                timing.get());
    }

    private WindowResult decode(DecodeRequest request, String language, BooleanSupplier stop) {
        DecodeSettings settings =
                DecodeSettings.forSeconds(request.seconds(), language, threads, beamSize, prompt(request.hotWords()));
        Attempt first = attempt(request, settings, stop);
        if (first.doubt().isEmpty() || settings.audioContext() == DecodeSettings.FULL_WINDOW) {
            return first.result();
        }
        metrics.retried(first.doubt().get());
        Attempt second = attempt(request, settings.atFullWindow(), stop);
        return second.agreesWith(first) ? new Heard(second.words()) : second.result();
    }

    /**
     * @param doubt the guard that does not believe it
     * @param words without sounds in brackets
     */
    private record Attempt(WindowResult result, Optional<String> doubt, List<SpokenWord> words) {
        /** People do say "no, no, no": when both windows hear it, it was said. */
        boolean agreesWith(Attempt other) {
            return doubt.equals(Optional.of("repetition"))
                    && SpokenWord.text(words).equals(SpokenWord.text(other.words));
        }
    }

    private Attempt attempt(DecodeRequest request, DecodeSettings settings, BooleanSupplier stop) {
        return switch (state.decode(request.samples(), settings, stop)) {
            case Aborted _ -> new Attempt(new Stopped(), Optional.empty(), List.of());
            case NativeFailure(int code) -> new Attempt(new Broken(code), Optional.empty(), List.of());
            case Decoded decoded -> {
                List<SpokenWord> words = Guards.withoutTags(
                        Words.of(decoded.tokens(), settings.language(), request.samples(), request.seconds()));
                Optional<String> doubt = Guards.loop(words, decoded.complete(), request.seconds());
                WindowResult result = doubt.<WindowResult>map(Looped::new).orElseGet(() -> new Heard(words));
                yield new Attempt(result, doubt, words);
            }
        };
    }

    /** From what the decode left in the state, for nothing; once more at the full window where that is worth it. */
    private Language detect(DecodeRequest request, LanguageChoice choice) {
        Language quick = choice.likeliest(
                state.firstToken(threads).map(FirstToken::languageProbabilities).orElse(Map.of()));
        if (request.evidence().voicedSeconds() < VOICED_SECONDS_TO_DETECT || isSure(quick)) {
            return quick;
        }
        return choice.likeliest(state.languageProbabilities(request.samples(), threads));
    }

    private static boolean isSure(Language language) {
        return language.probability() != null && language.probability() >= SURE;
    }

    private @Nullable Double noSpeechProbability(Priority priority) {
        if (priority == Priority.PARTIAL) {
            return null;
        }
        return state.firstToken(threads).map(FirstToken::noSpeechProbability).orElse(null);
    }

    /** The model takes it for what was said before. */
    private static String prompt(List<String> hotWords) {
        return hotWords.isEmpty() ? "" : String.join(", ", hotWords) + ".";
    }
}
