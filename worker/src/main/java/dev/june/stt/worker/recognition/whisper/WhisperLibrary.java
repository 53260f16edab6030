package dev.june.stt.worker.recognition.whisper;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.june.stt.worker.recognition.whisper.ModelException.LibraryRefused;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions of libwhisper that we call, by name, bound to one loaded library whose structs were checked. Loaded once and for the
 * life of the process: {@link #bundled} for the CPU build inside the whisper-jni jar, {@link #in} for a build of one's own, such as one
 * for CUDA. Immutable; any thread, but every native object behind it has an owner.
 */
public final class WhisperLibrary {
    private static final Logger log = LoggerFactory.getLogger(WhisperLibrary.class);
    private static final Linker LINKER = Linker.nativeLinker();

    final WhisperLayout layout;
    final NativeLog nativeLog = new NativeLog();
    private final String version;
    private final SymbolLookup symbols;

    final MethodHandle initFromBuffer;
    final MethodHandle initState;
    final MethodHandle free;
    final MethodHandle freeState;
    final MethodHandle full;
    final MethodHandle segmentCount;
    final MethodHandle segmentTokenCount;
    final MethodHandle segmentTokenData;
    final MethodHandle tokenToString;
    final MethodHandle decodeStep;
    final MethodHandle logits;
    final MethodHandle languageDetect;
    final MethodHandle languageName;
    final MethodHandle languageMaxId;
    final MethodHandle endOfText;
    final MethodHandle startOfTranscript;
    final MethodHandle noSpeech;
    final MethodHandle firstTimestamp;

    private WhisperLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
        this.version = readVersion();
        this.layout = findLayout();
        initFromBuffer = function(
                "whisper_init_from_buffer_with_params_no_state", ADDRESS, ADDRESS, JAVA_LONG, layout.contextParams());
        initState = function("whisper_init_state", ADDRESS, ADDRESS);
        free = action("whisper_free", ADDRESS);
        freeState = action("whisper_free_state", ADDRESS);
        full = function("whisper_full_with_state", JAVA_INT, ADDRESS, ADDRESS, layout.fullParams(), ADDRESS, JAVA_INT);
        segmentCount = function("whisper_full_n_segments_from_state", JAVA_INT, ADDRESS);
        segmentTokenCount = function("whisper_full_n_tokens_from_state", JAVA_INT, ADDRESS, JAVA_INT);
        segmentTokenData = function(
                "whisper_full_get_token_data_from_state", WhisperLayout.TOKEN_DATA, ADDRESS, JAVA_INT, JAVA_INT);
        tokenToString = function("whisper_token_to_str", ADDRESS, ADDRESS, JAVA_INT);
        decodeStep = function(
                "whisper_decode_with_state", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
        logits = function("whisper_get_logits_from_state", ADDRESS, ADDRESS);
        languageDetect = function(
                "whisper_lang_auto_detect_with_state", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
        languageName = function("whisper_lang_str", ADDRESS, JAVA_INT);
        languageMaxId = function("whisper_lang_max_id", JAVA_INT);
        endOfText = function("whisper_token_eot", JAVA_INT, ADDRESS);
        startOfTranscript = function("whisper_token_sot", JAVA_INT, ADDRESS);
        noSpeech = function("whisper_token_nosp", JAVA_INT, ADDRESS);
        firstTimestamp = function("whisper_token_beg", JAVA_INT, ADDRESS);
    }

    /** The CPU build inside the whisper-jni jar, loaded at the first call. */
    public static WhisperLibrary bundled() {
        return Bundled.LIBRARY;
    }

    /**
     * A build that somebody put into a folder: {@code libwhisper.so.1} and the libraries it needs, which it finds beside itself.
     *
     * @throws LibraryRefused if it cannot be loaded or its version is not known
     */
    public static WhisperLibrary in(Path folder) {
        return load(folder.resolve("libwhisper.so.1"));
    }

    /** What the library calls itself, {@code 1.7.1} if it cannot say. */
    public String version() {
        return version;
    }

    /** The instructions and devices it was built for, in the library's own words. */
    public String systemInfo() {
        return string(call(() -> (MemorySegment)
                        function("whisper_print_system_info", ADDRESS).invokeExact()))
                .strip();
    }

    /** What it can compute on, the processor included; empty for a version that cannot say. */
    public List<Device> devices() {
        return symbols.find("ggml_backend_dev_count").map(_ -> readDevices()).orElse(List.of());
    }

    /**
     * Something to compute on.
     *
     * @param freeBytes at the moment of the call
     */
    public record Device(String name, String description, long freeBytes, long totalBytes) {}

    private List<Device> readDevices() {
        MethodHandle count = function("ggml_backend_dev_count", JAVA_LONG);
        MethodHandle get = function("ggml_backend_dev_get", ADDRESS, JAVA_LONG);
        MethodHandle name = function("ggml_backend_dev_name", ADDRESS, ADDRESS);
        MethodHandle description = function("ggml_backend_dev_description", ADDRESS, ADDRESS);
        MethodHandle memory = action("ggml_backend_dev_memory", ADDRESS, ADDRESS, ADDRESS);
        List<Device> devices = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(JAVA_LONG, 2);
            call(() -> {
                long n = (long) count.invokeExact();
                for (long i = 0; i < n; i++) {
                    MemorySegment device = (MemorySegment) get.invokeExact(i);
                    memory.invokeExact(device, bytes, bytes.asSlice(JAVA_LONG.byteSize()));
                    devices.add(new Device(
                            string((MemorySegment) name.invokeExact(device)),
                            string((MemorySegment) description.invokeExact(device)),
                            bytes.getAtIndex(JAVA_LONG, 0),
                            bytes.getAtIndex(JAVA_LONG, 1)));
                }
                return n;
            });
        }
        return List.copyOf(devices);
    }

    static WhisperLibrary load(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new LibraryRefused("native library: there is no file " + file);
        }
        warnIfThreadsSpin();
        try {
            WhisperLibrary library = new WhisperLibrary(SymbolLookup.libraryLookup(file, Arena.global()));
            library.action("whisper_log_set", ADDRESS, ADDRESS)
                    .invokeExact(library.nativeLog.upcall(LINKER), MemorySegment.NULL);
            log.info(
                    "Whisper library loaded: version {}, devices {}, {}",
                    library.version,
                    library.devices(),
                    library.systemInfo());
            return library;
        } catch (IllegalArgumentException e) {
            throw new LibraryRefused("native library: " + file + " cannot be loaded: " + e.getMessage(), e);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** libgomp reads the variable when it is loaded; spinning threads cost 3 times the wall time on busy cores. */
    private static void warnIfThreadsSpin() {
        @Nullable String policy = System.getenv("OMP_WAIT_POLICY");
        if (policy == null || !policy.equalsIgnoreCase("passive")) {
            log.warn(
                    "OMP_WAIT_POLICY: expected passive in the environment of the process, got {}; decodes with more than one"
                            + " thread will spin while they wait",
                    policy);
        }
    }

    private String readVersion() {
        return symbols.find("whisper_version")
                .map(_ -> string(call(() ->
                        (MemorySegment) function("whisper_version", ADDRESS).invokeExact())))
                .orElse("1.7.1");
    }

    /** Reads the default parameters through each layout that the version allows. */
    private WhisperLayout findLayout() {
        MemorySegment full =
                call(() -> (MemorySegment) function("whisper_full_default_params_by_ref", ADDRESS, JAVA_INT)
                        .invokeExact(0));
        MemorySegment context = call(() -> (MemorySegment)
                function("whisper_context_default_params_by_ref", ADDRESS).invokeExact());
        try {
            return findLayout(version, full, context);
        } finally {
            call(() -> {
                action("whisper_free_params", ADDRESS).invokeExact(full);
                action("whisper_free_context_params", ADDRESS).invokeExact(context);
                return 0;
            });
        }
    }

    static WhisperLayout findLayout(String version, MemorySegment full, MemorySegment context) {
        WhisperLayout layout = WhisperLayout.KNOWN.stream()
                .filter(candidate -> version.startsWith(candidate.versions()))
                .findFirst()
                .orElseThrow(
                        () -> new LibraryRefused("native library: expected whisper.cpp of a version that begins with "
                                + WhisperLayout.KNOWN.stream()
                                        .map(WhisperLayout::versions)
                                        .collect(Collectors.joining(" or "))
                                + ", got "
                                + version));
        List<String> differences = layout.differences(
                full.reinterpret(layout.fullParams().byteSize()),
                context.reinterpret(layout.contextParams().byteSize()));
        if (!differences.isEmpty()) {
            throw new LibraryRefused("native library: version " + version
                    + " does not have the parameters of that version, so its structs are not where they are expected: "
                    + String.join("; ", differences));
        }
        return layout;
    }

    /** A struct filled with the library's own defaults. */
    MemorySegment defaultFullParams(Arena arena, int strategy) {
        return copyOfDefaults(
                arena,
                layout.fullParams(),
                call(() -> (MemorySegment) function("whisper_full_default_params_by_ref", ADDRESS, JAVA_INT)
                        .invokeExact(strategy)),
                "whisper_free_params");
    }

    MemorySegment defaultContextParams(Arena arena) {
        return copyOfDefaults(
                arena,
                layout.contextParams(),
                call(() -> (MemorySegment) function("whisper_context_default_params_by_ref", ADDRESS)
                        .invokeExact()),
                "whisper_free_context_params");
    }

    private MemorySegment copyOfDefaults(Arena arena, MemoryLayout struct, MemorySegment defaults, String freedBy) {
        MemorySegment copy = arena.allocate(struct).copyFrom(defaults.reinterpret(struct.byteSize()));
        call(() -> {
            action(freedBy, ADDRESS).invokeExact(defaults);
            return 0;
        });
        return copy;
    }

    private MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
    }

    private MethodHandle action(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
    }

    private MemorySegment symbol(String name) {
        return symbols.find(name)
                .orElseThrow(() -> new LibraryRefused(
                        "native library: it has no function " + name + ", which whisper.cpp has from 1.7.1 on"));
    }

    /** A native call. It throws nothing itself, so what is thrown here is a defect of ours. */
    static <T> T call(NativeCall<T> call) {
        try {
            return call.run();
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static RuntimeException rethrown(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException("native call failed", e);
        };
    }

    interface NativeCall<T> {
        T run() throws Throwable;
    }

    static String string(MemorySegment text) {
        return string(text, StandardCharsets.UTF_8);
    }

    static String string(MemorySegment text, Charset charset) {
        return text.equals(MemorySegment.NULL)
                ? ""
                : text.reinterpret(Long.MAX_VALUE).getString(0, charset);
    }

    /** Loading is lazy and happens once. */
    private static final class Bundled {
        static final WhisperLibrary LIBRARY = load();

        private static WhisperLibrary load() {
            Path folder = null;
            try {
                folder = Files.createTempDirectory(
                        "june-stt-whisper",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                return WhisperLibrary.load(WhisperNatives.forThisMachine().extract(folder));
            } catch (IOException e) {
                throw new LibraryRefused("native library: no folder to unpack it into: " + e.getMessage(), e);
            } finally {
                delete(folder);
            }
        }

        /** A loaded library stays mapped without its file. */
        private static void delete(@Nullable Path folder) {
            if (folder == null) {
                return;
            }
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                log.warn("Unpacked libraries could not be deleted from {}", folder, e);
            }
        }
    }
}
