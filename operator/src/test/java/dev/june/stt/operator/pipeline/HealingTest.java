package dev.june.stt.operator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.config.WorkerHealth;
import dev.june.stt.config.WorkerReport;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealingTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final WorkerHealth WELL = new WorkerHealth(false, 110, 4, 85);
    private static final WorkerHealth HANGS = new WorkerHealth(true, 0, 0, 0);

    @Test
    void aWellWorkerStays() {
        assertThat(of("", List.of(), worker("a", WELL))).isEqualTo(new Healing.Well());
        assertThat(of("", List.of(), new WorkerReport("a", 7, true, 0, 0, null, null, null)))
                .as("one that says nothing of its health")
                .isEqualTo(new Healing.Well());
    }

    @Test
    void eachTroubleHasItsReason() {
        assertThat(reason("", HANGS)).isEqualTo("WorkerStalled");
        assertThat(reason("", new WorkerHealth(false, 120, 0, 0))).isEqualTo("WorkerStalled");
        assertThat(reason("", new WorkerHealth(false, 0, 5, 0))).isEqualTo("DecodesFail");
        assertThat(reason("model: {device: cuda}", new WorkerHealth(false, 0, 5, 0)))
                .isEqualTo("GpuFault");
        assertThat(reason("", new WorkerHealth(false, 0, 0, 90))).isEqualTo("MemoryGrowth");
    }

    @Test
    void whatMostHaveIsNotMendedByNewPods() {
        assertThat(of("", List.of(), worker("a", HANGS), worker("b", HANGS), worker("c", WELL)))
                .isInstanceOfSatisfying(
                        Healing.Hold.class, hold -> assertThat(hold.because()).contains("2 of 3 workers"));
        assertThat(of("", List.of(), worker("a", HANGS), worker("b", WELL))).isInstanceOf(Healing.Replace.class);
    }

    @Test
    void oneAtATimeAndNotForEver() {
        assertThat(of("", List.of(ago(4)), worker("a", HANGS), worker("b", WELL)))
                .isInstanceOf(Healing.Hold.class);
        assertThat(of("", List.of(ago(6)), worker("a", HANGS), worker("b", WELL)))
                .isInstanceOf(Healing.Replace.class);
        assertThat(of("", List.of(ago(50), ago(30), ago(10)), worker("a", HANGS), worker("b", WELL)))
                .isInstanceOfSatisfying(
                        Healing.Hold.class, hold -> assertThat(hold.because()).contains("3 were replaced"));
    }

    /** Also an operator that has just started, and remembers nothing, leaves the pool time. */
    @Test
    void nothingIsReplacedWhileAnotherWorkerIsNew() {
        Observed observed = observed(List.of(pod("a", 60), pod("b", 3)), worker("a", HANGS), worker("b", WELL));
        assertThat(Healing.of(Pipelines.minimal(), observed, List.of(), NOW)).isInstanceOf(Healing.Hold.class);
    }

    @Test
    void theReportOfAProcessThatWasStartedAnewMeanwhileDoesNotCount() {
        for (int minutes : List.of(1, 6)) {
            Pod restarted = new PodBuilder(pod("a", 60))
                    .editStatus()
                    .addNewContainerStatus()
                    .withNewState()
                    .withNewRunning()
                    .withStartedAt(ago(minutes).toString())
                    .endRunning()
                    .endState()
                    .endContainerStatus()
                    .endStatus()
                    .build();
            assertThat(Healing.of(
                            Pipelines.minimal(), observed(List.of(restarted), worker("a", HANGS)), List.of(), NOW))
                    .isInstanceOf(minutes == 1 ? Healing.Well.class : Healing.Replace.class);
        }
    }

    private static String reason(String spec, WorkerHealth health) {
        return ((Healing.Replace) of(spec, List.of(), worker("a", health)))
                .trouble()
                .reason();
    }

    private static Healing of(String spec, List<Instant> lately, WorkerReport... workers) {
        List<Pod> pods =
                Arrays.stream(workers).map(report -> pod(report.worker(), 60)).toList();
        return Healing.of(Pipelines.withSpec(spec), observed(pods, workers), lately, NOW);
    }

    private static Observed observed(List<Pod> pods, WorkerReport... workers) {
        return Observations.allWell()
                .withPods(pods.size(), pods.toArray(Pod[]::new))
                .withStreams(Observations.streams(null, workers))
                .build();
    }

    private static WorkerReport worker(String name, WorkerHealth health) {
        return new WorkerReport(name, 7, true, 0, 0, null, health, null);
    }

    private static Pod pod(String name, int minutesOld) {
        return new PodBuilder(Observations.readyPod(name))
                .editMetadata()
                .withCreationTimestamp(ago(minutesOld).toString())
                .endMetadata()
                .build();
    }

    private static Instant ago(int minutes) {
        return NOW.minus(Duration.ofMinutes(minutes));
    }
}
