package dev.june.stt.worker.recognition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.recognition.DecodeQueue.Bounds;
import dev.june.stt.worker.recognition.DecodeQueue.Job;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.Recognition.Dropped;
import dev.june.stt.worker.recognition.Recognition.NoWords;
import dev.june.stt.worker.recognition.Recognition.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecodeQueueTest {
    private static final Recognition DONE = new NoWords(new Timing(Duration.ZERO, Duration.ZERO));

    private final CountedMetrics metrics = new CountedMetrics();
    private long nanos;
    private final DecodeQueue queue =
            new DecodeQueue(new Bounds(2, 3, Duration.ofSeconds(2), 2), () -> nanos, Runnable::run, metrics);

    @Test
    void decodesThatDoNotEndAreSeenAndWaitingForSpeechIsNot() throws InterruptedException {
        nanos += Duration.ofHours(1).toNanos();
        assertThat(queue.vitals()).as("nothing to do").isEqualTo(Vitals.WELL);
        Job first = submit("a", Priority.FINAL);
        submit("b", Priority.FINAL);
        queue.take();
        nanos += Duration.ofSeconds(7).toNanos();
        assertThat(queue.vitals().stalled()).isEqualTo(Duration.ofSeconds(7));
        queue.finished(first, DONE);
        assertThat(queue.vitals().stalled()).as("one ended").isZero();
        nanos += Duration.ofSeconds(3).toNanos();
        assertThat(queue.vitals().stalled()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void failuresAreCountedUntilADecodeIsGood() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            Job job = submit("f" + i, Priority.FINAL);
            queue.take();
            queue.finished(job, new Recognition.Failed("native", "code -6"));
        }
        assertThat(queue.vitals().failuresInARow()).isEqualTo(3);
        Job good = submit("g", Priority.FINAL);
        queue.take();
        queue.finished(good, DONE);
        assertThat(queue.vitals().failuresInARow()).isZero();
    }

    @Test
    void finalsGoFirstThenSpeculativeDecodesThenPartialsAndTheOldestOfEach() throws InterruptedException {
        submit("p1", Priority.PARTIAL);
        submit("s1", Priority.SPECULATIVE);
        submit("f1", Priority.FINAL);
        submit("s2", Priority.SPECULATIVE);
        submit("f2", Priority.FINAL);
        assertThat(taken(5)).containsExactly("f1", "f2", "s1", "s2", "p1");
    }

    @Test
    void aNewerPartialOfTheSameUtteranceReplacesTheOlder() throws InterruptedException {
        Job older = submit("a", Priority.PARTIAL);
        Job other = submit("b", Priority.PARTIAL);
        Job newer = submit("a", Priority.PARTIAL);
        assertDropped(older, DecodeQueue.SUPERSEDED);
        assertThat(queue.take()).contains(other);
        assertThat(queue.take()).contains(newer);
    }

    @Test
    void aFinalMakesPartialsOfItsUtterancePointless() throws InterruptedException {
        Job running = submit("a", Priority.PARTIAL);
        queue.take();
        Job waiting = submit("a", Priority.PARTIAL);
        Job other = submit("b", Priority.PARTIAL);
        submit("a", Priority.FINAL);
        assertDropped(waiting, DecodeQueue.SUPERSEDED);
        assertThat(running.isStopped()).isTrue();
        assertThat(other.result()).isNotDone();
        queue.finished(running, DONE);
        assertDropped(running, DecodeQueue.SUPERSEDED);
    }

    @Test
    void aPartialThatWaitedTooLongIsDroppedAndAFinalNever() throws InterruptedException {
        Job partial = submit("a", Priority.PARTIAL);
        Job speculative = submit("b", Priority.SPECULATIVE);
        Job last = submit("c", Priority.FINAL);
        nanos += Duration.ofMinutes(10).toNanos();
        assertThat(queue.take()).contains(last);
        assertThat(queue.take()).contains(speculative);
        assertDropped(partial, DecodeQueue.STALE);
    }

    @Test
    void aWaitingFinalStopsThePartialThatBeganLast() throws InterruptedException {
        Job first = submit("a", Priority.PARTIAL);
        Job second = submit("b", Priority.PARTIAL);
        queue.take();
        queue.take();
        submit("c", Priority.FINAL);
        assertThat(first.isStopped()).isFalse();
        assertThat(second.isStopped()).isTrue();
        submit("d", Priority.FINAL);
        assertThat(first.isStopped()).isTrue();
        queue.finished(second, DONE);
        assertDropped(second, DecodeQueue.PREEMPTED);
    }

    @Test
    void oneWorkerIsKeptFreeOfPartials() throws InterruptedException {
        Job first = submit("a", Priority.PARTIAL);
        submit("b", Priority.PARTIAL);
        submit("c", Priority.PARTIAL);
        queue.take();
        queue.take();
        Job last = submit("d", Priority.FINAL);
        assertThat(queue.take()).contains(last);
        assertThat(queue.depth(Priority.PARTIAL)).isEqualTo(1);
        queue.finished(first, DONE);
        assertThat(queue.take().orElseThrow().request.utteranceId()).isEqualTo("c");
    }

    @Test
    void whoIsAloneMayUseTheOthersCores() throws InterruptedException {
        Job job = submit("a", Priority.FINAL);
        queue.take();
        assertThat(queue.isAlone(job)).isTrue();
        Job other = submit("b", Priority.FINAL);
        assertThat(queue.isAlone(job)).isFalse();
        queue.take();
        assertThat(queue.isAlone(job)).isFalse();
        queue.finished(other, DONE);
        assertThat(queue.isAlone(job)).isTrue();
    }

    @Test
    void aSpeculativeDecodeStopsItsOwnPartialOnly() throws InterruptedException {
        Job own = submit("a", Priority.PARTIAL);
        Job other = submit("b", Priority.PARTIAL);
        queue.take();
        queue.take();
        submit("a", Priority.SPECULATIVE);
        assertThat(own.isStopped()).isTrue();
        assertThat(other.isStopped()).isFalse();
    }

    @Test
    void nothingThatRunsIsStoppedByAPartialOrForAFinalThatFindsAWorkerFree() throws InterruptedException {
        Job running = submit("a", Priority.PARTIAL);
        queue.take();
        submit("b", Priority.PARTIAL);
        assertThat(running.isStopped()).isFalse();
        Thread worker = Thread.startVirtualThread(() -> take(2));
        while (worker.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        Job last = submit("c", Priority.FINAL);
        assertThat(running.isStopped()).isFalse();
        worker.join();
        assertThat(last.result()).isNotDone();
    }

    @Test
    void aRunningFinalOrSpeculativeDecodeIsNeverStoppedByOthers() throws InterruptedException {
        Job last = submit("a", Priority.FINAL);
        Job speculative = submit("b", Priority.SPECULATIVE);
        queue.take();
        queue.take();
        submit("c", Priority.FINAL);
        submit("b", Priority.FINAL);
        assertThat(last.isStopped()).isFalse();
        assertThat(speculative.isStopped()).isFalse();
    }

    @Test
    void aPromotedDecodeGoesToTheFrontInTheOrderInWhichItWasSubmitted() throws InterruptedException {
        Job speculative = submit("a", Priority.SPECULATIVE);
        submit("b", Priority.FINAL);
        speculative.promote();
        assertThat(taken(2)).containsExactly("a", "b");
    }

    @Test
    void aPromotedDecodeThatRunsStaysWhenTheQueueCloses() throws InterruptedException {
        Job speculative = submit("a", Priority.SPECULATIVE);
        queue.take();
        speculative.promote();
        queue.close();
        assertThat(speculative.isStopped()).isFalse();
        queue.finished(speculative, DONE);
        assertThat(speculative.result()).isCompletedWithValue(DONE);
    }

    @Test
    void cancellingLeavesTheQueueOrStopsTheDecode() throws InterruptedException {
        Job running = submit("a", Priority.SPECULATIVE);
        queue.take();
        Job waiting = submit("b", Priority.SPECULATIVE);
        waiting.cancel();
        running.cancel();
        assertDropped(waiting, DecodeQueue.CANCELLED);
        assertThat(running.isStopped()).isTrue();
        queue.finished(running, DONE);
        assertDropped(running, DecodeQueue.CANCELLED);
    }

    @Test
    void aResultThatIsThereStays() throws InterruptedException {
        Job job = submit("a", Priority.SPECULATIVE);
        queue.take();
        queue.finished(job, DONE);
        job.cancel();
        job.promote();
        assertThat(job.result()).isCompletedWithValue(DONE);
        assertThat(queue.depth(Priority.FINAL)).isZero();
    }

    @Test
    void aFullQueueDropsTheOldestPartialThenRefusesTheNew() {
        Job partial = submit("a", Priority.PARTIAL);
        submit("b", Priority.SPECULATIVE);
        submit("c", Priority.SPECULATIVE);
        Job speculative = submit("d", Priority.SPECULATIVE);
        assertDropped(partial, DecodeQueue.OVERLOAD);
        assertThat(speculative.result()).isNotDone();
        assertDropped(submit("e", Priority.SPECULATIVE), DecodeQueue.OVERLOAD);
        assertDropped(submit("f", Priority.PARTIAL), DecodeQueue.OVERLOAD);
    }

    @Test
    void finalsHaveABoundOfTheirOwn() {
        submit("a", Priority.SPECULATIVE);
        submit("b", Priority.SPECULATIVE);
        submit("c", Priority.SPECULATIVE);
        assertThat(submit("d", Priority.FINAL).result()).isNotDone();
        assertThat(submit("e", Priority.FINAL).result()).isNotDone();
        assertDropped(submit("f", Priority.FINAL), DecodeQueue.OVERLOAD);
    }

    @Test
    void closingDropsWhatWaitsStopsWhatRunsAndLetsFinalsEnd() throws InterruptedException {
        Job last = submit("a", Priority.FINAL);
        Job partial = submit("b", Priority.PARTIAL);
        queue.take();
        queue.take();
        Job waiting = submit("c", Priority.FINAL);
        queue.close();
        assertDropped(waiting, DecodeQueue.CLOSED);
        assertThat(partial.isStopped()).isTrue();
        assertThat(last.isStopped()).isFalse();
        assertThat(queue.take()).isEmpty();
        assertDropped(submit("d", Priority.FINAL), DecodeQueue.CLOSED);
    }

    @Test
    void depthAndAgeAreSeenPerPriority() throws InterruptedException {
        submit("a", Priority.PARTIAL);
        nanos += Duration.ofMillis(300).toNanos();
        submit("b", Priority.PARTIAL);
        submit("c", Priority.FINAL);
        nanos += Duration.ofMillis(200).toNanos();
        assertThat(queue.depth(Priority.PARTIAL)).isEqualTo(2);
        assertThat(queue.age(Priority.PARTIAL)).isEqualTo(Duration.ofMillis(500));
        assertThat(queue.age(Priority.SPECULATIVE)).isZero();
        Job job = queue.take().orElseThrow();
        assertThat(job.queued()).isEqualTo(Duration.ofMillis(200));
        assertThat(queue.depth(Priority.FINAL)).isZero();
    }

    @Test
    void everyDropIsCounted() {
        submit("a", Priority.PARTIAL);
        submit("a", Priority.PARTIAL).cancel();
        assertThat(metrics.counted).containsExactly("dropped PARTIAL superseded", "dropped PARTIAL cancelled");
    }

    private Job submit(String utteranceId, Priority priority) {
        return queue.submit(new DecodeRequest(
                utteranceId, priority, new short[0], "en", List.of(), List.of(), new SpeechEvidence(1, 1)));
    }

    private List<String> taken(int count) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(queue.take().orElseThrow().request.utteranceId());
        }
        return taken;
    }

    private void take(int count) {
        try {
            taken(count);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void assertDropped(Job job, String reason) {
        assertThat(job.result()).isCompletedWithValue(new Dropped(reason));
    }
}
