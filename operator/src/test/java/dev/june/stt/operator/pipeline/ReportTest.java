package dev.june.stt.operator.pipeline;

import static dev.june.stt.operator.pipeline.Observations.allWell;
import static dev.june.stt.operator.pipeline.Observations.streams;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.operator.condition.Conditions;
import dev.june.stt.operator.probe.LiveKitState;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void allWellIsReadyAndSettled() {
        assertThat(statuses(report(Pipelines.minimal(), allWell())))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "Ready", "True",
                        "Progressing", "False",
                        "Degraded", "False",
                        "ReferencesResolved", "True",
                        "StreamsReady", "True",
                        "LiveKitReachable", "True",
                        "WorkersAvailable", "True",
                        "ConfigurationApplied", "True",
                        "Scaled", "True",
                        "FieldsNotActedOn", "False"));
    }

    @Test
    void everythingIsUnknownAtFirstSightAndSaysSo() {
        assertThat(statuses(report(Pipelines.minimal(), allWell().withNothingSeenYet())))
                .containsEntry("Ready", "Unknown")
                .containsEntry("ReferencesResolved", "Unknown")
                .containsEntry("StreamsReady", "Unknown")
                .containsEntry("LiveKitReachable", "Unknown")
                .containsEntry("Degraded", "False");
    }

    @Test
    void theFirstThingToMendIsWhatReadySays() {
        SttPipelineStatus status = report(Pipelines.minimal(), allWell().with(new LiveKitState.KeyRefused()));
        Condition ready = Conditions.find(status.conditions(), "Ready").orElseThrow();
        assertThat(ready.getStatus()).isEqualTo("False");
        assertThat(ready.getReason()).isEqualTo("LiveKitKeyRefused");
        assertThat(statuses(status)).containsEntry("Degraded", "True").containsEntry("StreamsReady", "True");
    }

    @Test
    void aRefusedConfigurationDegradesAPipelineThatGoesOnWorking() {
        WorkerReport.Refusal refusal = new WorkerReport.Refusal(7, "limits.maxRoomsPerWorker", "expected less");
        SttPipelineStatus status = report(
                Pipelines.minimal(), allWell().withStreams(streams(null, Observations.report("w-0", 6, refusal))));
        assertThat(statuses(status))
                .containsEntry("Ready", "True")
                .containsEntry("Degraded", "True")
                .containsEntry("ConfigurationApplied", "False");
        assertThat(status.configuration()).isEqualTo(new SttPipelineStatus.ConfigurationStatus(7, 0, 1));
    }

    @Test
    void fieldsThatNothingActsOnAreListed() {
        SttPipelineStatus status = report(Pipelines.withSpec("autoscaling: {mode: KEDA}"), allWell());
        Condition warning =
                Conditions.find(status.conditions(), "FieldsNotActedOn").orElseThrow();
        assertThat(warning.getStatus()).isEqualTo("True");
        assertThat(warning.getMessage()).contains("autoscaling.mode");
    }

    @Test
    void theDefaultsAreAllActedOn() {
        assertThat(NotActedOn.in(Pipelines.minimal().getSpec())).isEmpty();
    }

    @Test
    void figuresAreThoseOfThePodsThatExist() {
        SttPipelineStatus status = report(
                Pipelines.minimal(),
                allWell()
                        .withStreams(streams(
                                null,
                                new WorkerReport("w-0", 7, true, 2, 5, null, null),
                                new WorkerReport("w-gone", 7, true, 9, 9, null, null))));
        assertThat(status.activeRooms()).isEqualTo(2);
        assertThat(status.activeParticipants()).isEqualTo(5);
        assertThat(status.queueDepth()).isEqualTo(3);
        assertThat(status.deadLetters()).isEqualTo(1);
        assertThat(status.selector()).isEqualTo("app.kubernetes.io/name=june-stt-worker,stt.june.dev/pipeline=main");
    }

    @Test
    void theSameObservationGivesTheSameStatus() {
        SttPipeline pipeline = Pipelines.minimal();
        pipeline.setStatus(report(pipeline, allWell()));
        assertThat(Report.of(
                        pipeline,
                        allWell().build(),
                        Checks.findings(pipeline, allWell().build()),
                        NOW.plusSeconds(3_600)))
                .isEqualTo(pipeline.getStatus());
    }

    @Test
    void anObstacleIsSaidAndWhatWasKnownStays() {
        SttPipeline pipeline = Pipelines.minimal();
        pipeline.setStatus(report(pipeline, allWell()));
        SttPipelineStatus status = Report.obstructed(
                pipeline, new Finding("Degraded", Finding.Kind.PROBLEM, "NameTaken", "somebody else's"), NOW);
        assertThat(statuses(status))
                .containsEntry("Ready", "False")
                .containsEntry("Degraded", "True")
                .containsEntry("StreamsReady", "True");
        assertThat(status.readyReplicas()).isEqualTo(1);
    }

    private static SttPipelineStatus report(SttPipeline pipeline, Observations observations) {
        Observed observed = observations.build();
        return Report.of(pipeline, observed, Checks.findings(pipeline, observed), NOW);
    }

    private static Map<String, String> statuses(SttPipelineStatus status) {
        return status.conditions().stream().collect(Collectors.toMap(Condition::getType, Condition::getStatus));
    }
}
