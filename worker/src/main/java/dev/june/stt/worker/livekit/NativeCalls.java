package dev.june.stt.worker.livekit;

import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.ffi.FfiResponse;

/** What the native LiveKit library can be asked. */
interface NativeCalls {
    /**
     * Any thread but the library's own. Short: what takes long is answered by an event.
     *
     * @throws IllegalStateException if the library refuses
     */
    FfiResponse request(FfiRequest message);

    /** Any thread. False if the library does not know the handle. */
    boolean drop(long handle);

    /** Copies samples out of the library's memory. */
    short[] samples(long address, int count);

    /** Nothing may be called after this. */
    void dispose();
}
