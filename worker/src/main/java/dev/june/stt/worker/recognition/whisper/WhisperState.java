package dev.june.stt.worker.recognition.whisper;

import static dev.june.stt.worker.recognition.whisper.WhisperLibrary.call;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.june.stt.worker.audio.Pcm;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The memory in which one decode at a time runs. Belongs to one thread; {@link #close} alone may be called from any other, and waits for
 * a decode that runs. What a decode gives does not depend on the decodes before it.
 */
public final class WhisperState {
    private static final int GREEDY = 0;
    private static final int BEAM_SEARCH = 1;

    /**
     * Silence behind the audio. The library decodes nothing that is shorter than a second, and it stops at the first time that the decoder
     * says within the last second: a short word after a pause would be lost.
     */
    private static final int SILENCE_SAMPLES = Pcm.SAMPLE_RATE_HZ * 5 / 4;

    private static final int WINDOW_SAMPLES = Pcm.SAMPLE_RATE_HZ * 30;

    private static final double SECONDS_PER_TIMESTAMP = 0.02;

    private static final int FRAME_WINDOW = 400;
    private static final int FRAME_STEP = 160;
    private static final int FRAMES_PER_SECOND = 100;
    private static final int FRAMES_PER_TIMESTAMP = 2;

    private final WhisperLibrary library;
    private final MemorySegment context;
    private final MemorySegment state;
    private final int vocabulary;
    private final List<String> languages;
    private final int endOfText;
    private final int firstTimestamp;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment abortCallback;
    private final MemorySegment refuseCallback;
    private BooleanSupplier stop = () -> false;
    private boolean closed;

    WhisperState(WhisperLibrary library, MemorySegment context, int vocabulary, List<String> languages) {
        this.library = library;
        this.context = context;
        this.vocabulary = vocabulary;
        this.languages = languages;
        state = call(() -> (MemorySegment) library.initState.invokeExact(context));
        if (state.equals(MemorySegment.NULL)) {
            throw new IllegalStateException("whisper_init_state gave none");
        }
        endOfText = call(() -> (int) library.endOfText.invokeExact(context));
        firstTimestamp = call(() -> (int) library.firstTimestamp.invokeExact(context));
        abortCallback = upcall("isAborted", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS));
        refuseCallback = upcall("refuse", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, ADDRESS));
    }

    /**
     * Decodes mono samples at 16 kHz, at most 30 s of them.
     *
     * @param stop asked after the encoder and at every token; once it says true, the result is {@code Aborted}
     */
    public synchronized DecodeResult decode(short[] samples, DecodeSettings settings, BooleanSupplier stop) {
        requireOpen();
        this.stop = stop;
        try (Arena call = Arena.ofConfined()) {
            MemorySegment audio = audio(call, samples);
            int length = (int) (audio.byteSize() / JAVA_FLOAT.byteSize());
            MemorySegment params = params(call, settings);
            int code = call(() -> (int) library.full.invokeExact(context, state, params, audio, length));
            if (code == 0) {
                return decoded(call, frames(length));
            }
            return stop.getAsBoolean() ? new DecodeResult.Aborted() : new DecodeResult.NativeFailure(code);
        }
    }

    /**
     * How likely each language is, by ISO 639-1 code, at the model's full window: on shorter ones it is often wrong. Costs one run of
     * the encoder.
     *
     * @throws IllegalStateException if the model understands English only
     */
    public synchronized Map<String, Double> languageProbabilities(short[] samples, int threads) {
        requireOpen();
        if (languages.isEmpty()) {
            throw new IllegalStateException("an English-only model knows no languages");
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment audio = audio(call, samples);
            int length = (int) (audio.byteSize() / JAVA_FLOAT.byteSize());
            // The detection uses the window of the decode before it. A decode that is refused before its encoder runs
            // sets the full
            // window and the spectrogram, and costs nothing.
            MemorySegment params =
                    params(call, new DecodeSettings("en", DecodeSettings.FULL_WINDOW, 1, threads, 1, ""));
            set(params, "encoder_begin_callback", refuseCallback);
            int all = 1 + call(() -> (int) library.languageMaxId.invokeExact());
            MemorySegment probabilities = call.allocate(JAVA_FLOAT, all);
            int code = call(() -> (int) library.full.invokeExact(context, state, params, audio, length));
            int language = code != 0
                    ? code
                    : call(() -> (int) library.languageDetect.invokeExact(context, state, 0, threads, probabilities));
            if (language < 0) {
                throw new IllegalStateException("language detection failed with code " + language);
            }
            Map<String, Double> byCode = new HashMap<>();
            for (int i = 0; i < languages.size(); i++) {
                byCode.put(languages.get(i), (double) probabilities.getAtIndex(JAVA_FLOAT, i));
            }
            return byCode;
        }
    }

    /**
     * What the decoder would say first about the audio that was decoded last. Costs one decoder step.
     *
     * @param noSpeechProbability not to be trusted: the base model says below 0.0001 for everything, silence included
     * @param languageProbabilities by ISO 639-1 code; as good as the window of that decode; empty for an English-only model
     */
    public record FirstToken(double noSpeechProbability, Map<String, Double> languageProbabilities) {
        public FirstToken {
            languageProbabilities = Map.copyOf(languageProbabilities);
        }
    }

    /** See {@link FirstToken}; empty if the library gave up. */
    public synchronized Optional<FirstToken> firstToken(int threads) {
        requireOpen();
        try (Arena call = Arena.ofConfined()) {
            int start = call(() -> (int) library.startOfTranscript.invokeExact(context));
            MemorySegment tokens = call.allocateFrom(JAVA_INT, start);
            int code = call(() -> (int) library.decodeStep.invokeExact(context, state, tokens, 1, 0, threads));
            if (code != 0) {
                return Optional.empty();
            }
            MemorySegment address = call(() -> (MemorySegment) library.logits.invokeExact(state));
            float[] logits =
                    address.reinterpret(vocabulary * JAVA_FLOAT.byteSize()).toArray(JAVA_FLOAT);
            int noSpeech = call(() -> (int) library.noSpeech.invokeExact(context));
            double[] firstTokens = softmax(logits, 0, vocabulary);
            double[] languageTokens = softmax(logits, start + 1, languages.size());
            Map<String, Double> byCode = new HashMap<>();
            for (int i = 0; i < languages.size(); i++) {
                byCode.put(languages.get(i), languageTokens[i]);
            }
            return Optional.of(new FirstToken(firstTokens[noSpeech], byCode));
        }
    }

    synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        call(() -> {
            library.freeState.invokeExact(state);
            return 0;
        });
        arena.close();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model was closed");
        }
    }

    private DecodeResult decoded(Arena call, int frames) {
        List<Token> tokens = new ArrayList<>();
        boolean complete = true;
        int segments = call(() -> (int) library.segmentCount.invokeExact(state));
        for (int i = 0; i < segments; i++) {
            int segment = i;
            int count = call(() -> (int) library.segmentTokenCount.invokeExact(state, segment));
            for (int k = 0; k < count; k++) {
                int index = k;
                MemorySegment data = call(() -> (MemorySegment)
                        library.segmentTokenData.invokeExact((SegmentAllocator) call, state, segment, index));
                int id = data.get(JAVA_INT, 0);
                complete = isEnd(id, frames);
                if (id >= firstTimestamp) {
                    tokens.add(new Token.Time(time(id)));
                } else if (id < endOfText) {
                    tokens.add(text(id, data));
                }
            }
        }
        return new DecodeResult.Decoded(tokens, complete);
    }

    /** The library ends a decode at the end-of-text token, or at a time within the last second, counted in its frames. */
    private boolean isEnd(int token, int frames) {
        return token == endOfText
                || token >= firstTimestamp
                        && (token - firstTimestamp) * FRAMES_PER_TIMESTAMP + FRAMES_PER_SECOND >= frames;
    }

    /** Frames of the spectrogram as the library counts them: the half window before the first sample is there, the last one is not. */
    private static int frames(int samples) {
        return 1 + (samples - FRAME_WINDOW / 2) / FRAME_STEP;
    }

    private double time(int token) {
        return (token - firstTimestamp) * SECONDS_PER_TIMESTAMP;
    }

    private Token text(int id, MemorySegment data) {
        MemorySegment text = call(() -> (MemorySegment) library.tokenToString.invokeExact(context, id));
        // Latin 1 keeps the bytes as they are: a token need not be whole characters.
        byte[] utf8 = WhisperLibrary.string(text, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
        StructLayout layout = WhisperLayout.TOKEN_DATA;
        return new Token.Text(
                utf8,
                data.get(JAVA_FLOAT, WhisperLayout.offset(layout, "p")),
                data.get(JAVA_FLOAT, WhisperLayout.offset(layout, "plog")),
                time(data.get(JAVA_INT, WhisperLayout.offset(layout, "tid"))),
                data.get(JAVA_FLOAT, WhisperLayout.offset(layout, "ptsum")));
    }

    private static MemorySegment audio(Arena call, short[] samples) {
        MemorySegment audio = call.allocate(JAVA_FLOAT, Math.min(samples.length + SILENCE_SAMPLES, WINDOW_SAMPLES));
        for (int i = 0; i < samples.length; i++) {
            audio.setAtIndex(JAVA_FLOAT, i, samples[i] / 32768f);
        }
        return audio;
    }

    /** The settings that were measured; each line that is not obvious says what happens without it. */
    private MemorySegment params(Arena call, DecodeSettings settings) {
        MemorySegment params = library.defaultFullParams(call, settings.beamSize() > 1 ? BEAM_SEARCH : GREEDY);
        set(params, "n_threads", settings.threads());
        set(params, "no_context", true); // or words of the decode before come into this one
        set(params, "no_timestamps", false); // without times a trimmed window loops, and silence is given words
        set(params, "single_segment", true); // one run of the encoder
        set(params, "print_progress", false);
        set(params, "print_timestamps", false);
        set(params, "max_tokens", settings.maxTokens());
        set(params, "audio_ctx", settings.audioContext());
        set(params, "language", call.allocateFrom(settings.language()));
        set(params, "detect_language", false);
        set(params, "suppress_blank", true);
        set(params, "temperature", 0f);
        set(params, "temperature_inc", 0f); // no ladder: it decodes up to five times and looped texts pass its test
        set(params, "greedy.best_of", 1);
        set(params, "beam_search.beam_size", settings.beamSize());
        set(params, "abort_callback", abortCallback);
        if (!settings.prompt().isEmpty()) {
            set(params, "initial_prompt", call.allocateFrom(settings.prompt()));
        }
        return params;
    }

    private void set(MemorySegment params, String field, Object value) {
        long offset = WhisperLayout.offset(library.layout.fullParams(), field);
        switch (value) {
            case Boolean flag -> params.set(JAVA_BOOLEAN, offset, flag);
            case Integer number -> params.set(JAVA_INT, offset, number);
            case Float number -> params.set(JAVA_FLOAT, offset, number);
            case MemorySegment address -> params.set(ADDRESS, offset, address);
            default -> throw new IllegalArgumentException(field + ": " + value.getClass());
        }
    }

    private static double[] softmax(float[] logits, int from, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, logits[from + i]);
        }
        double sum = 0;
        double[] probabilities = new double[count];
        for (int i = 0; i < count; i++) {
            probabilities[i] = Math.exp(logits[from + i] - max);
            sum += probabilities[i];
        }
        for (int i = 0; i < count; i++) {
            probabilities[i] /= sum;
        }
        return probabilities;
    }

    @SuppressWarnings("unused") // called by the library, by name
    private boolean isAborted(MemorySegment userData) {
        return stop.getAsBoolean();
    }

    @SuppressWarnings("unused") // called by the library, by name
    private boolean refuse(MemorySegment context, MemorySegment state, MemorySegment userData) {
        return false;
    }

    private MemorySegment upcall(String method, FunctionDescriptor descriptor) {
        MethodType type = descriptor.toMethodType();
        try {
            MethodHandle target = MethodHandles.lookup().bind(this, method, type);
            return Linker.nativeLinker().upcallStub(target, descriptor, arena);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("WhisperState." + method + " is not " + type, e);
        }
    }
}
