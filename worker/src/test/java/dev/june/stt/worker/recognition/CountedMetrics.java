package dev.june.stt.worker.recognition;

import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what was counted, each as a short word. */
final class CountedMetrics implements RecognitionMetrics {
    final List<String> counted = new CopyOnWriteArrayList<>();

    @Override
    public void decoded(Priority priority, double audioSeconds, Duration queued, Duration decoded) {
        counted.add("decoded " + priority);
    }

    @Override
    public void suppressed(String guard) {
        counted.add("suppressed " + guard);
    }

    @Override
    public void retried(String guard) {
        counted.add("retried " + guard);
    }

    @Override
    public void failed(String reason) {
        counted.add("failed " + reason);
    }

    @Override
    public void dropped(Priority priority, String reason) {
        counted.add("dropped " + priority + " " + reason);
    }

    @Override
    public void modelLoaded(String model, Duration loading, Duration warmUp) {
        counted.add("loaded " + model);
    }

    @Override
    public Watch watch(QueueView queue) {
        return () -> {};
    }
}
