package dev.june.stt.worker.recognition;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.stream.Stream;

/**
 * What native code has allocated and not freed, from glibc's own books (mallinfo2). The resident size of the process would also tell
 * how much heap the JVM happens to hold, which moves by more than a leak would.
 */
final class NativeMemory {
    private static final StructLayout MALLINFO2 = MemoryLayout.structLayout(Stream.of(
                    "arena",
                    "ordblks",
                    "smblks",
                    "hblks",
                    "hblkhd",
                    "usmblks",
                    "fsmblks",
                    "uordblks",
                    "fordblks",
                    "keepcost")
            .map(ValueLayout.JAVA_LONG::withName)
            .toArray(MemoryLayout[]::new));

    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("mallinfo2"), FunctionDescriptor.of(MALLINFO2));

    private NativeMemory() {}

    static long megabytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = (MemorySegment) CALL.invokeExact((SegmentAllocator) arena);
            return (field(info, "uordblks") + field(info, "hblkhd"))
                    >> 20; // small blocks, and those with a mapping of their own
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static long field(MemorySegment info, String name) {
        return info.get(ValueLayout.JAVA_LONG, MALLINFO2.byteOffset(MemoryLayout.PathElement.groupElement(name)));
    }
}
