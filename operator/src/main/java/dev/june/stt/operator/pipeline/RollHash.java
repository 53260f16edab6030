package dev.june.stt.operator.pipeline;

import dev.june.stt.config.LiveKit;
import dev.june.stt.config.Model;
import dev.june.stt.resource.SttPipelineSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A hash of those settings in the configuration document that a running worker cannot take over, so that a change of them rolls the
 * pods. Everything else in the document is hot: it reaches running workers through the bucket and must not be in here. What is in
 * the pod template itself (image, resources, volumes, drain) rolls the pods without this.
 */
final class RollHash {
    private RollHash() {}

    static String of(SttPipelineSpec spec) {
        Model model = spec.model();
        LiveKit livekit = spec.livekit();
        return hash(
                // The loaded model and the memory reserved for its decodes. How it decodes (language, hot words, beams)
                // is hot.
                model.name(),
                model.source(),
                model.url(),
                model.sha256(),
                model.path(),
                model.quantization(),
                model.device(),
                model.threads(),
                // The registration with LiveKit. Which rooms are wanted is asked for each room and is hot.
                livekit.url(),
                livekit.agentName(),
                // The connection to NATS, through which hot changes come.
                spec.delivery().nats().url());
    }

    private static String hash(@Nullable Object... values) {
        byte[] text = Arrays.deepToString(values).getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
