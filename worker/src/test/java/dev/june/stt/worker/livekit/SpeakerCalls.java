package dev.june.stt.worker.livekit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.june.stt.worker.livekit.ffi.FfiEvent;
import dev.june.stt.worker.livekit.ffi.FfiRequest;
import dev.june.stt.worker.livekit.speaker.SpeakerEvent;
import dev.june.stt.worker.livekit.speaker.SpeakerRequest;
import dev.june.stt.worker.livekit.speaker.SpeakerResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/** The part of the native library's contract that only speakers use. One for the process, like the library. */
final class SpeakerCalls {
    private static final Map<LiveKitLibrary, SpeakerCalls> CALLS = new ConcurrentHashMap<>();

    private final LiveKitLibrary library;
    private final Map<Long, CompletableFuture<SpeakerEvent>> answers = new ConcurrentHashMap<>();

    private SpeakerCalls(LiveKitLibrary library) {
        this.library = library;
        library.onUnknownEvent(this::event);
    }

    static SpeakerCalls of(LiveKitLibrary library) {
        return CALLS.computeIfAbsent(library, SpeakerCalls::new);
    }

    SpeakerResponse request(SpeakerRequest request) {
        try {
            return SpeakerResponse.parseFrom(
                    library.request(FfiRequest.parseFrom(request.toByteArray())).toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A request that is answered by an event. */
    SpeakerEvent call(LongFunction<SpeakerRequest> request) {
        long asyncId = library.nextAsyncId();
        CompletableFuture<SpeakerEvent> answer = expect(asyncId);
        request(request.apply(asyncId));
        return answer.orTimeout(30, TimeUnit.SECONDS).join();
    }

    CompletableFuture<SpeakerEvent> expect(long asyncId) {
        CompletableFuture<SpeakerEvent> answer = new CompletableFuture<>();
        answers.put(asyncId, answer);
        return answer;
    }

    private void event(FfiEvent unknown) {
        try {
            SpeakerEvent event = SpeakerEvent.parseFrom(unknown.toByteArray());
            long asyncId = switch (event.getMessageCase()) {
                case PUBLISH_TRACK -> event.getPublishTrack().getAsyncId();
                case UNPUBLISH_TRACK -> event.getUnpublishTrack().getAsyncId();
                case CAPTURE_AUDIO_FRAME -> event.getCaptureAudioFrame().getAsyncId();
                case SIMULATE_SCENARIO -> event.getSimulateScenario().getAsyncId();
                case MESSAGE_NOT_SET -> 0;
            };
            CompletableFuture<SpeakerEvent> answer = answers.remove(asyncId);
            if (answer != null) {
                answer.complete(event);
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
