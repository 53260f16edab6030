package dev.june.stt.operator.pipeline;

import dev.june.stt.config.LiveKit;
import dev.june.stt.resource.SttPipelineSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A hash of those settings in the configuration document that a running worker cannot take over, so that a change of them rolls the
 * pods. Everything else in the document is hot: it reaches running workers through the bucket and must not be in here, the model too,
 * which a worker loads beside the old one. What is in the pod template itself (image, resources, volumes, drain) rolls the pods
 * without this. RATIONALE.md says more.
 */
final class RollHash {
    private RollHash() {}

    static String of(SttPipelineSpec spec) {
        LiveKit livekit = spec.livekit();
        return hash(
                // The registration with LiveKit. Which rooms are wanted is asked for each room and is hot.
                livekit.url(),
                livekit.agentName(),
                // The connection to NATS, through which hot changes come.
                spec.delivery().nats().url());
    }

    private static String hash(String... values) {
        byte[] text = Arrays.toString(values).getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
