package dev.june.stt.worker.recognition.whisper;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the native library prints, as debug lines of the logger {@code whisper.cpp}. The last lines are kept, because they alone say why
 * a model was refused. The library's numbering of levels differs between versions, so they are not told apart. It never prints text that was
 * recognized, as long as the parameters {@code print_…} are off. Any thread.
 */
final class NativeLog {
    private static final Logger log = LoggerFactory.getLogger("whisper.cpp");
    private static final int KEPT_LINES = 20;

    private final Deque<String> lines = new ArrayDeque<>();

    /** The newest lines, oldest first. */
    synchronized List<String> recent() {
        return List.copyOf(lines);
    }

    synchronized void forget() {
        lines.clear();
    }

    private synchronized void keep(String line) {
        if (lines.size() == KEPT_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }

    /** Called by the library. An exception that left it would end the process. */
    @SuppressWarnings("unused") // by name
    void accept(int level, MemorySegment text, MemorySegment userData) {
        try {
            String line = WhisperLibrary.string(text).strip();
            if (!line.isEmpty()) {
                keep(line);
                log.debug("{}", line);
            }
        } catch (RuntimeException e) {
            log.warn("A line of the native library could not be logged", e);
        }
    }

    MemorySegment upcall(Linker linker) {
        try {
            MethodHandle accept = MethodHandles.lookup()
                    .bind(
                            this,
                            "accept",
                            MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
            return linker.upcallStub(
                    accept,
                    FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                    Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("NativeLog.accept is not as declared", e);
        }
    }
}
