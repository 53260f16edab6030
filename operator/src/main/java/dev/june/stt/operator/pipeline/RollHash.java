package dev.june.stt.operator.pipeline;

import dev.june.stt.config.LiveKit;
import dev.june.stt.resource.SttPipelineSpec;
import java.util.Arrays;

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
        return Hash.of(Arrays.toString(new String[] {
            // The registration with LiveKit. Which rooms are wanted is asked for each room and is hot.
            livekit.url(),
            livekit.agentName(),
            // The connection to NATS, through which hot changes come.
            spec.delivery().nats().url()
        }));
    }
}
