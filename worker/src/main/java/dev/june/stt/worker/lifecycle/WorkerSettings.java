package dev.june.stt.worker.lifecycle;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What a worker process is told by its surroundings: paths and names. Each is an environment variable, {@code JUNE_CONFIG} for {@code
 * june.config} and so on. What it does with speech is in the configuration document.
 *
 * @param config the configuration document, or the YAML of an SttPipeline
 * @param worker name of this worker, the pod's
 * @param secrets folder with {@code livekit}, {@code nats}, {@code webhook} and {@code access}, a file for each key of the Secret
 * @param models folder with the builtin models
 * @param volume where the volume with a model of one's own is mounted
 * @param downloads folder for models that are downloaded
 * @param spool folder for sealed utterances that wait for NATS
 * @param standalone no operator looks after the streams: the worker makes them
 * @param terminationMessage file that says why the process ended
 */
@ConfigurationProperties("june")
public record WorkerSettings(
        @DefaultValue("/etc/june/config/pipeline.json") Path config,
        @DefaultValue("worker") String worker,
        @DefaultValue("/etc/june") Path secrets,
        @DefaultValue("/opt/june/models") Path models,
        @DefaultValue("/var/lib/june/volume") Path volume,
        @DefaultValue("/var/lib/june/models") Path downloads,
        @DefaultValue("/var/lib/june/spool") Path spool,
        @DefaultValue("false") boolean standalone,
        @DefaultValue("/dev/termination-log") Path terminationMessage,
        @DefaultValue Livekit livekit,
        @DefaultValue Silero silero,
        @DefaultValue Whisper whisper,
        @DefaultValue Drain drain) {

    /** LiveKit's native client library. */
    public record Livekit(
            @DefaultValue("/opt/june/native/liblivekit_ffi.so")
            Path library) {}

    /** The voice activity detection's network. */
    public record Silero(
            @DefaultValue("/opt/june/models/silero_vad_16k_op15.onnx")
            Path model) {}

    /** Folder with a build of whisper.cpp; without it the one inside the application is used. */
    public record Whisper(@Nullable Path library) {}

    /** Time to finish what is in flight when told to stop. */
    public record Drain(@DefaultValue("5m") Duration timeout) {}
}
