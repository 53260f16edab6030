package dev.june.stt.operator.autoscaling;

import dev.june.stt.config.KubeDuration;
import dev.june.stt.resource.Autoscaling;
import dev.june.stt.resource.SttPipelineSpec;
import dev.june.stt.resource.Workers;
import java.util.List;
import java.util.Map;

/** Specs with what a decision reads. */
final class Specs {
    static final int REPLICAS = 7;
    static final KubeDuration NONE = duration("0s");
    static final KubeDuration FIVE_MINUTES = duration("5m");

    private Specs() {}

    static SttPipelineSpec of(Autoscaling.Mode mode, int min, int max) {
        return with(new Autoscaling(mode, 5, 70, 0, NONE, FIVE_MINUTES, null), min, max);
    }

    static SttPipelineSpec with(Autoscaling autoscaling, int min, int max) {
        return spec(autoscaling, min, max, false);
    }

    static SttPipelineSpec suspended(Autoscaling.Mode mode) {
        return spec(new Autoscaling(mode, 5, 70, 0, NONE, FIVE_MINUTES, null), 1, 5, true);
    }

    static KubeDuration duration(String text) {
        return new KubeDuration(text);
    }

    @SuppressWarnings("NullAway") // parts that the decision does not read
    private static SttPipelineSpec spec(Autoscaling autoscaling, int min, int max, boolean suspend) {
        return new SttPipelineSpec(
                REPLICAS,
                null,
                null,
                null,
                null,
                null,
                null,
                new Workers(
                        new Workers.Replicas(min, max),
                        "",
                        List.of(),
                        null,
                        null,
                        Map.of(),
                        List.of(),
                        null,
                        new Workers.Network(true, List.of()),
                        FIVE_MINUTES),
                autoscaling,
                null,
                List.of(),
                suspend);
    }
}
