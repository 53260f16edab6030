package dev.june.stt.worker.livekit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.june.stt.worker.livekit.ffi.FfiEvent;
import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.FfiResponse;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The four C functions of the native LiveKit library, called through the Foreign Function and Memory API. Its memory and its
 * threads live as long as the process: it is loaded once and never unloaded.
 */
final class NativeLibrary implements NativeCalls {
    private final MethodHandle request;
    private final MethodHandle dropHandle;
    private final MethodHandle dispose;
    private final Consumer<FfiEvent> events;
    private final Consumer<Throwable> eventFailures;

    /**
     * @param events called on the library's threads: must not block and must not call {@link #request}
     * @param eventFailures called with what {@code events} threw; same threads, same rules
     */
    NativeLibrary(Path file, Consumer<FfiEvent> events, Consumer<Throwable> eventFailures) {
        this.events = events;
        this.eventFailures = eventFailures;
        Arena arena = Arena.global(); // the callback is called for as long as a native thread lives
        Linker linker = Linker.nativeLinker();
        SymbolLookup symbols = SymbolLookup.libraryLookup(file, arena);
        request = linker.downcallHandle(
                symbols.findOrThrow("livekit_ffi_request"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS));
        dropHandle = linker.downcallHandle(
                symbols.findOrThrow("livekit_ffi_drop_handle"),
                FunctionDescriptor.of(ValueLayout.JAVA_BOOLEAN, ValueLayout.JAVA_LONG));
        dispose = linker.downcallHandle(symbols.findOrThrow("livekit_ffi_dispose"), FunctionDescriptor.ofVoid());
        initialize(linker, symbols, arena);
    }

    private void initialize(Linker linker, SymbolLookup symbols, Arena arena) {
        MethodHandle initialize = linker.downcallHandle(
                symbols.findOrThrow("livekit_ffi_initialize"),
                FunctionDescriptor.ofVoid(
                        ValueLayout.ADDRESS, ValueLayout.JAVA_BOOLEAN, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        try {
            MethodHandle callback = MethodHandles.lookup()
                    .bind(this, "event", MethodType.methodType(void.class, MemorySegment.class, long.class));
            MemorySegment stub = linker.upcallStub(
                    callback, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG), arena);
            boolean captureLogs = true;
            initialize.invokeExact(stub, captureLogs, arena.allocateFrom("rust"), arena.allocateFrom("1"));
        } catch (Throwable e) {
            throw nativeCallFailed(e);
        }
    }

    /** The callback. An exception that leaves it would end the JVM, so nothing does. */
    @SuppressWarnings("UnusedMethod") // bound by name above
    private void event(MemorySegment bytes, long length) {
        try {
            events.accept(FfiEvent.parseFrom(bytes.reinterpret(length).asByteBuffer()));
        } catch (Throwable e) {
            eventFailures.accept(e);
        }
    }

    @Override
    public FfiResponse request(FfiRequest message) {
        byte[] bytes = message.toByteArray();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
            long handle = (long) request.invokeExact(in, (long) bytes.length, out, length);
            if (handle == 0) {
                throw new IllegalStateException("the LiveKit library refused the request " + message.getMessageCase());
            }
            try {
                return FfiResponse.parseFrom(out.get(ValueLayout.ADDRESS, 0)
                        .reinterpret(length.get(ValueLayout.JAVA_LONG, 0))
                        .asByteBuffer());
            } finally {
                drop(handle); // the response's memory is a handle like any other
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the LiveKit library answered what is no FfiResponse", e);
        } catch (Throwable e) {
            throw nativeCallFailed(e);
        }
    }

    @Override
    public boolean drop(long handle) {
        try {
            return (boolean) dropHandle.invokeExact(handle);
        } catch (Throwable e) {
            throw nativeCallFailed(e);
        }
    }

    @Override
    public short[] samples(long address, int count) {
        return MemorySegment.ofAddress(address)
                .reinterpret((long) count * Short.BYTES)
                .toArray(ValueLayout.JAVA_SHORT);
    }

    @Override
    public void dispose() {
        try {
            dispose.invokeExact();
        } catch (Throwable e) {
            throw nativeCallFailed(e);
        }
    }

    private static RuntimeException nativeCallFailed(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException("a call of the LiveKit library failed", e);
        };
    }
}
