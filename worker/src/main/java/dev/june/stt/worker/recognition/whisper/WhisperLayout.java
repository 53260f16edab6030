package dev.june.stt.worker.recognition.whisper;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the fields of whisper.cpp's structs lie. They move between versions and nothing in the library says where they are, so each
 * supported line of versions has one entry here, and {@link #differences} compares the defaults that the library reports with those of
 * that line before anything is decoded. Source: {@code include/whisper.h} of each version.
 *
 * @param versions what the library calls itself begins with this; the library of 1.7.1 cannot say its version
 */
record WhisperLayout(
        String versions,
        StructLayout fullParams,
        StructLayout contextParams,
        Map<String, Object> fullDefaults,
        Map<String, Object> contextDefaults) {

    /** The same in all versions so far. */
    static final StructLayout TOKEN_DATA = struct(
            JAVA_INT.withName("id"),
            JAVA_INT.withName("tid"),
            JAVA_FLOAT.withName("p"),
            JAVA_FLOAT.withName("plog"),
            JAVA_FLOAT.withName("pt"),
            JAVA_FLOAT.withName("ptsum"),
            JAVA_LONG.withName("t0"),
            JAVA_LONG.withName("t1"),
            JAVA_LONG.withName("t_dtw"),
            JAVA_FLOAT.withName("vlen"));

    private static final StructLayout VAD_PARAMS = struct(
            JAVA_FLOAT.withName("threshold"),
            JAVA_INT.withName("min_speech_duration_ms"),
            JAVA_INT.withName("min_silence_duration_ms"),
            JAVA_FLOAT.withName("max_speech_duration_s"),
            JAVA_INT.withName("speech_pad_ms"),
            JAVA_FLOAT.withName("samples_overlap"));

    private static final StructLayout CONTEXT_PARAMS = struct(
            JAVA_BOOLEAN.withName("use_gpu"),
            JAVA_BOOLEAN.withName("flash_attn"),
            JAVA_INT.withName("gpu_device"),
            JAVA_BOOLEAN.withName("dtw_token_timestamps"),
            JAVA_INT.withName("dtw_aheads_preset"),
            JAVA_INT.withName("dtw_n_top"),
            struct(JAVA_LONG.withName("n_heads"), ADDRESS.withName("heads")).withName("dtw_aheads"),
            JAVA_LONG.withName("dtw_mem_size"));

    /** October 2024, the version inside whisper-jni 1.7.1. */
    static final WhisperLayout V1_7_1 = new WhisperLayout(
            "1.7.1", fullParams(false), CONTEXT_PARAMS, fullDefaults(Map.of()), contextDefaults(false));

    /** Since 1.8.0: an initial prompt can be carried on, voice activity detection is built in, flash attention is on by default. */
    static final WhisperLayout V1_8 = new WhisperLayout(
            "1.8.",
            fullParams(true),
            CONTEXT_PARAMS,
            fullDefaults(Map.of(
                    "carry_initial_prompt",
                    false,
                    "vad",
                    false,
                    "vad_params.threshold",
                    0.5f,
                    "vad_params.min_speech_duration_ms",
                    250,
                    "vad_params.samples_overlap",
                    0.1f)),
            contextDefaults(true));

    /** The structs of 1.8 unchanged. */
    static final WhisperLayout V1_9 =
            new WhisperLayout("1.9.", V1_8.fullParams, V1_8.contextParams, V1_8.fullDefaults, V1_8.contextDefaults);

    static final List<WhisperLayout> KNOWN = List.of(V1_7_1, V1_8, V1_9);

    /** What the library's default parameters say that this layout does not expect; empty if it fits. */
    List<String> differences(MemorySegment full, MemorySegment context) {
        return Stream.concat(
                        differences(fullParams, full, fullDefaults),
                        differences(contextParams, context, contextDefaults))
                .toList();
    }

    private static Stream<String> differences(
            StructLayout layout, MemorySegment defaults, Map<String, Object> expected) {
        return expected.entrySet().stream().sorted(Map.Entry.comparingByKey()).flatMap(entry -> {
            Object actual = read(layout, defaults, entry.getKey());
            return actual.equals(entry.getValue())
                    ? Stream.empty()
                    : Stream.of(entry.getKey() + ": expected " + entry.getValue() + ", got " + actual);
        });
    }

    private static Object read(StructLayout layout, MemorySegment struct, String field) {
        PathElement[] path = path(field);
        long offset = layout.byteOffset(path);
        return switch (layout.select(path)) {
            case ValueLayout.OfBoolean _ -> booleanOrByte(struct.get(ValueLayout.JAVA_BYTE, offset));
            case ValueLayout.OfInt value -> struct.get(value, offset);
            case ValueLayout.OfLong value -> struct.get(value, offset);
            case ValueLayout.OfFloat value -> struct.get(value, offset);
            case MemoryLayout other -> throw new IllegalStateException(field + " is a " + other);
        };
    }

    /** A boolean that is neither 0 nor 1 must show as what it is. */
    private static Object booleanOrByte(byte value) {
        return value == 0 || value == 1 ? (Object) (value == 1) : (Object) value;
    }

    /** The offset of a field; a dot leads into a struct. */
    static long offset(StructLayout layout, String field) {
        return layout.byteOffset(path(field));
    }

    private static PathElement[] path(String field) {
        return Stream.of(field.split("\\.", -1)).map(PathElement::groupElement).toArray(PathElement[]::new);
    }

    private static StructLayout fullParams(boolean since18) {
        List<MemoryLayout> fields = new ArrayList<>(List.of(
                JAVA_INT.withName("strategy"),
                JAVA_INT.withName("n_threads"),
                JAVA_INT.withName("n_max_text_ctx"),
                JAVA_INT.withName("offset_ms"),
                JAVA_INT.withName("duration_ms"),
                JAVA_BOOLEAN.withName("translate"),
                JAVA_BOOLEAN.withName("no_context"),
                JAVA_BOOLEAN.withName("no_timestamps"),
                JAVA_BOOLEAN.withName("single_segment"),
                JAVA_BOOLEAN.withName("print_special"),
                JAVA_BOOLEAN.withName("print_progress"),
                JAVA_BOOLEAN.withName("print_realtime"),
                JAVA_BOOLEAN.withName("print_timestamps"),
                JAVA_BOOLEAN.withName("token_timestamps"),
                JAVA_FLOAT.withName("thold_pt"),
                JAVA_FLOAT.withName("thold_ptsum"),
                JAVA_INT.withName("max_len"),
                JAVA_BOOLEAN.withName("split_on_word"),
                JAVA_INT.withName("max_tokens"),
                JAVA_BOOLEAN.withName("debug_mode"),
                JAVA_INT.withName("audio_ctx"),
                JAVA_BOOLEAN.withName("tdrz_enable"),
                ADDRESS.withName("suppress_regex"),
                ADDRESS.withName("initial_prompt")));
        if (since18) {
            fields.add(JAVA_BOOLEAN.withName("carry_initial_prompt"));
        }
        fields.addAll(List.of(
                ADDRESS.withName("prompt_tokens"),
                JAVA_INT.withName("prompt_n_tokens"),
                ADDRESS.withName("language"),
                JAVA_BOOLEAN.withName("detect_language"),
                JAVA_BOOLEAN.withName("suppress_blank"),
                JAVA_BOOLEAN.withName("suppress_nst"),
                JAVA_FLOAT.withName("temperature"),
                JAVA_FLOAT.withName("max_initial_ts"),
                JAVA_FLOAT.withName("length_penalty"),
                JAVA_FLOAT.withName("temperature_inc"),
                JAVA_FLOAT.withName("entropy_thold"),
                JAVA_FLOAT.withName("logprob_thold"),
                JAVA_FLOAT.withName("no_speech_thold"),
                struct(JAVA_INT.withName("best_of")).withName("greedy"),
                struct(JAVA_INT.withName("beam_size"), JAVA_FLOAT.withName("patience"))
                        .withName("beam_search"),
                ADDRESS.withName("new_segment_callback"),
                ADDRESS.withName("new_segment_callback_user_data"),
                ADDRESS.withName("progress_callback"),
                ADDRESS.withName("progress_callback_user_data"),
                ADDRESS.withName("encoder_begin_callback"),
                ADDRESS.withName("encoder_begin_callback_user_data"),
                ADDRESS.withName("abort_callback"),
                ADDRESS.withName("abort_callback_user_data"),
                ADDRESS.withName("logits_filter_callback"),
                ADDRESS.withName("logits_filter_callback_user_data"),
                ADDRESS.withName("grammar_rules"),
                JAVA_LONG.withName("n_grammar_rules"),
                JAVA_LONG.withName("i_start_rule"),
                JAVA_FLOAT.withName("grammar_penalty")));
        if (since18) {
            fields.add(JAVA_BOOLEAN.withName("vad"));
            fields.add(ADDRESS.withName("vad_model_path"));
            fields.add(VAD_PARAMS.withName("vad_params"));
        }
        return struct(fields.toArray(MemoryLayout[]::new));
    }

    /** Fields spread over the whole struct, the last one among them: a shift anywhere shows in at least one. */
    private static Map<String, Object> fullDefaults(Map<String, Object> more) {
        Map<String, Object> defaults = new TreeMap<>(Map.ofEntries(
                Map.entry("strategy", 0),
                Map.entry("n_max_text_ctx", 16384),
                Map.entry("no_timestamps", false),
                Map.entry("print_timestamps", true),
                Map.entry("thold_pt", 0.01f),
                Map.entry("thold_ptsum", 0.01f),
                Map.entry("max_tokens", 0),
                Map.entry("audio_ctx", 0),
                Map.entry("prompt_n_tokens", 0),
                Map.entry("detect_language", false),
                Map.entry("suppress_blank", true),
                Map.entry("temperature", 0.0f),
                Map.entry("max_initial_ts", 1.0f),
                Map.entry("length_penalty", -1.0f),
                Map.entry("temperature_inc", 0.2f),
                Map.entry("entropy_thold", 2.4f),
                Map.entry("logprob_thold", -1.0f),
                Map.entry("no_speech_thold", 0.6f),
                Map.entry("greedy.best_of", 5),
                Map.entry("beam_search.patience", -1.0f),
                Map.entry("n_grammar_rules", 0L),
                Map.entry("grammar_penalty", 100.0f)));
        defaults.putAll(more);
        return Map.copyOf(defaults);
    }

    private static Map<String, Object> contextDefaults(boolean flashAttention) {
        return Map.of(
                "use_gpu",
                true,
                "flash_attn",
                flashAttention,
                "gpu_device",
                0,
                "dtw_token_timestamps",
                false,
                "dtw_n_top",
                -1,
                "dtw_mem_size",
                128L * 1024 * 1024);
    }

    /** A struct as a C compiler lays it out: each field at a multiple of its own alignment, the end at a multiple of the largest. */
    private static StructLayout struct(MemoryLayout... fields) {
        List<MemoryLayout> padded = new ArrayList<>();
        long end = 0;
        long alignment = 1;
        for (MemoryLayout field : fields) {
            end = pad(padded, end, field.byteAlignment()) + field.byteSize();
            padded.add(field);
            alignment = Math.max(alignment, field.byteAlignment());
        }
        pad(padded, end, alignment);
        return MemoryLayout.structLayout(padded.toArray(MemoryLayout[]::new));
    }

    private static long pad(List<MemoryLayout> fields, long end, long alignment) {
        long padding = Math.floorMod(-end, alignment);
        if (padding > 0) {
            fields.add(MemoryLayout.paddingLayout(padding));
        }
        return end + padding;
    }
}
