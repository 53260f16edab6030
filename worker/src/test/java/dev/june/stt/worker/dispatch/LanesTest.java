package dev.june.stt.worker.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LanesTest {
    private final Lanes lanes = new Lanes();

    @AfterEach
    void close() {
        lanes.close();
    }

    @Test
    void oneLaneRunsInOrder() throws InterruptedException {
        List<Integer> done = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(500);
        for (int i = 0; i < 500; i++) {
            int number = i;
            lanes.submit("ann", () -> {
                done.add(number);
                all.countDown();
            });
        }
        all.await();
        assertThat(done).isEqualTo(IntStream.range(0, 500).boxed().toList());
    }

    @Test
    void lanesDoNotWaitForEachOther() throws InterruptedException {
        CountDownLatch bob = new CountDownLatch(1);
        CountDownLatch ann = new CountDownLatch(1);
        lanes.submit("ann", () -> {
            awaitQuietly(bob);
            ann.countDown();
        });
        lanes.submit("bob", bob::countDown);
        ann.await();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
