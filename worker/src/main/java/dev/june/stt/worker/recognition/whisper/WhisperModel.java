package dev.june.stt.worker.recognition.whisper;

import static dev.june.stt.worker.recognition.whisper.WhisperLibrary.call;

import dev.june.stt.worker.recognition.whisper.ModelException.ModelNotFound;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelUnreadable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model in memory and the states that decode with it: one set of weights, any number of states beside each other. All states are made
 * here and freed at {@link #close}, because making and freeing them is not safe beside running decodes. Any thread may hold it.
 */
public final class WhisperModel implements AutoCloseable {
    private final WhisperLibrary library;
    private final MemorySegment context;
    private final List<WhisperState> states;
    private final List<String> languages;
    private boolean closed;

    private WhisperModel(WhisperLibrary library, MemorySegment context, GgmlFile header, int states) {
        this.library = library;
        this.context = context;
        this.languages = languages(library, header);
        this.states = new ArrayList<>(states);
        for (int i = 0; i < states; i++) {
            this.states.add(new WhisperState(library, context, header.vocabulary(), languages));
        }
    }

    /**
     * Reads a model file. The file may go away afterwards.
     *
     * @param gpu compute on the library's graphics device, if it was built for one
     * @throws ModelException if it cannot be used
     */
    public static WhisperModel load(WhisperLibrary library, Path file, boolean gpu, int states) {
        if (!Files.isRegularFile(file)) {
            throw new ModelNotFound("model: there is no file " + file);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            GgmlFile header = GgmlFile.check(file, bytes);
            MemorySegment context = init(library, file, bytes, gpu, arena);
            return withStates(library, context, header, states, file);
        } catch (IOException e) {
            throw new ModelUnreadable("model: " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static MemorySegment init(
            WhisperLibrary library, Path file, MemorySegment bytes, boolean gpu, Arena arena) {
        MemorySegment params = library.defaultContextParams(arena);
        params.set(ValueLayout.JAVA_BOOLEAN, WhisperLayout.offset(library.layout.contextParams(), "use_gpu"), gpu);
        // With it a decode's words depend on what was decoded before: measured, and a matter of privacy.
        params.set(ValueLayout.JAVA_BOOLEAN, WhisperLayout.offset(library.layout.contextParams(), "flash_attn"), false);
        library.nativeLog.forget();
        MemorySegment context =
                call(() -> (MemorySegment) library.initFromBuffer.invokeExact(bytes, bytes.byteSize(), params));
        if (context.equals(MemorySegment.NULL)) {
            throw new ModelUnreadable("model: whisper.cpp " + library.version() + " refuses " + file + ": "
                    + String.join("; ", library.nativeLog.recent()));
        }
        return context;
    }

    private static WhisperModel withStates(
            WhisperLibrary library, MemorySegment context, GgmlFile header, int states, Path file) {
        try {
            return new WhisperModel(library, context, header, states);
        } catch (IllegalStateException e) {
            call(() -> {
                library.free.invokeExact(context);
                return 0;
            });
            throw new ModelUnreadable("model: no memory for " + states + " states of " + file, e);
        }
    }

    private static List<String> languages(WhisperLibrary library, GgmlFile header) {
        return IntStream.range(0, header.languages())
                .mapToObj(id -> WhisperLibrary.string(call(() -> (MemorySegment) library.languageName.invokeExact(id))))
                .toList();
    }

    /** ISO 639-1 codes in the model's order; empty for one that understands English only. */
    public List<String> languages() {
        return languages;
    }

    public boolean isEnglishOnly() {
        return languages.isEmpty();
    }

    public List<WhisperState> states() {
        return List.copyOf(states);
    }

    /** Waits for decodes that run, then frees the states and the model. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        states.forEach(WhisperState::close);
        call(() -> {
            library.free.invokeExact(context);
            return 0;
        });
    }
}
