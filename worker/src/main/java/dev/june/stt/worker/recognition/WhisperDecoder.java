package dev.june.stt.worker.recognition;

import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.worker.audio.Pcm;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.LongAudio.Piece;
import dev.june.stt.worker.recognition.Recognition.Dropped;
import dev.june.stt.worker.recognition.Recognition.Failed;
import dev.june.stt.worker.recognition.Recognition.NoWords;
import dev.june.stt.worker.recognition.Recognition.Suppressed;
import dev.june.stt.worker.recognition.Recognition.Text;
import dev.june.stt.worker.recognition.Recognition.Timing;
import dev.june.stt.worker.recognition.WhisperRecognizer.Options;
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
 * One request on one model state, from samples to a {@link Recognition}: pieces that fit the model's window, decode, language, guards, and
 * one more decode at the full window where the first cannot be believed. Belongs to the thread of its state.
 */
final class WhisperDecoder {
    /** Below it nothing that is detected is sure ({@link LanguagePolicy}), so nothing is spent on it. */
    private static final double VOICED_SECONDS_TO_DETECT = 3;

    /** A language that the decode's own, shorter window is so sure of needs no second look at the full one. */
    private static final double SURE = 0.9;

    /** The reason of a failure that is the library's. */
    static final String NATIVE = "native";

    private final WhisperState state;
    private final List<String> languages;
    private final Options options;
    private final RecognitionMetrics metrics;

    /** @param languages that the model knows; empty if only English */
    WhisperDecoder(WhisperState state, List<String> languages, Options options, RecognitionMetrics metrics) {
        this.state = state;
        this.languages = List.copyOf(languages);
        this.options = options;
        this.metrics = metrics;
    }

    /** Audio that fits into the model's window, and what goes with it. */
    private record Window(short[] samples, DecodeRequest request, int threads, BooleanSupplier stop) {
        double seconds() {
            return Pcm.seconds(samples.length);
        }
    }

    /** What came of a window, and the language it was decoded in. */
    private record Told(WindowResult result, Language language) {}

    /**
     * @param threads to decode with; the words do not depend on it
     * @param stop asked at every token; once it says true, the result is of no use
     * @param timing asked once, at the end
     */
    Recognition recognize(DecodeRequest request, int threads, BooleanSupplier stop, Supplier<Timing> timing) {
        LanguageChoice choice = LanguageChoice.of(request, languages);
        if (!languages.isEmpty() && !languages.contains(choice.first())) {
            return new Failed("language", "the model does not know the language " + choice.first());
        }
        List<SpokenWord> words = List.of();
        for (Piece piece : LongAudio.pieces(request.samples())) {
            Told told = told(new Window(piece.of(request.samples()), request, threads, stop), choice);
            if (!(told.result instanceof Heard heard)) {
                return notHeard(told.result, request);
            }
            double tolerance = options.mergeTolerance().toNanos() / 1e9;
            words = Splice.join(words, heard.later(piece.startSeconds()), piece.cutSeconds(), tolerance);
            choice = choice.settled(told.language);
        }
        return heard(request, words, choice.language(), timing);
    }

    private static Recognition notHeard(WindowResult result, DecodeRequest request) {
        return switch (result) {
            case Looped(String guard) ->
                new Failed(guard, "not believed, also at the full window: " + request.seconds() + " s of audio");
            case Broken(int code) ->
                new Failed(
                        "native", "whisper.cpp gave up with code " + code + ": " + request.seconds() + " s of audio");
            case Stopped _ -> new Dropped(DecodeQueue.CANCELLED);
            case Heard _ -> throw new IllegalArgumentException("it was heard");
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

    /** Tries the likeliest language; what the decode leaves in the state tells the right one, and mostly it was that. */
    private Told told(Window window, LanguageChoice choice) {
        WindowResult result = decode(window, choice.first());
        if (!choice.isOpen() || !(result instanceof Heard)) {
            return new Told(result, choice.language());
        }
        Language language = detect(window, choice);
        return new Told(language.code().equals(choice.first()) ? result : decode(window, language.code()), language);
    }

    private Language detect(Window window, LanguageChoice choice) {
        Language quick = choice.likeliest(state.firstToken(window.threads)
                .map(FirstToken::languageProbabilities)
                .orElse(Map.of()));
        double probability = quick.probability() == null ? 0 : quick.probability();
        if (probability >= SURE || window.request.evidence().voicedSeconds() < VOICED_SECONDS_TO_DETECT) {
            return quick;
        }
        return choice.likeliest(state.languageProbabilities(window.samples, window.threads));
    }

    private WindowResult decode(Window window, String language) {
        DecodeSettings settings = DecodeSettings.forSeconds(
                window.seconds(), language, window.threads, options.beamSize(), prompt(window.request.hotWords()));
        Attempt first = attempt(window, settings);
        if (first.doubt.isEmpty() || settings.audioContext() == DecodeSettings.FULL_WINDOW) {
            return first.result;
        }
        metrics.retried(first.doubt.get());
        Attempt second = attempt(window, settings.atFullWindow());
        boolean heard = second.words.isEmpty() && second.result instanceof Looped || second.agreesWith(first);
        return heard ? new Heard(second.words) : second.result;
    }

    /**
     * One decode.
     *
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

    private Attempt attempt(Window window, DecodeSettings settings) {
        return switch (state.decode(window.samples, settings, window.stop)) {
            case Aborted _ -> new Attempt(new Stopped(), Optional.empty(), List.of());
            case NativeFailure(int code) -> new Attempt(new Broken(code), Optional.empty(), List.of());
            case Decoded decoded -> {
                List<SpokenWord> words = Guards.withoutTags(
                        Words.of(decoded.tokens(), settings.language(), window.samples, window.seconds()));
                Optional<String> doubt = Guards.loop(words, decoded.complete(), window.seconds());
                WindowResult result = doubt.<WindowResult>map(Looped::new).orElseGet(() -> new Heard(words));
                yield new Attempt(result, doubt, words);
            }
        };
    }

    private @Nullable Double noSpeechProbability(Priority priority) {
        if (priority == Priority.PARTIAL) {
            return null;
        }
        return state.firstToken(options.threads())
                .map(FirstToken::noSpeechProbability)
                .orElse(null);
    }

    /** The model takes it for what was said before. */
    private static String prompt(List<String> hotWords) {
        return hotWords.isEmpty() ? "" : String.join(", ", hotWords) + ".";
    }
}
