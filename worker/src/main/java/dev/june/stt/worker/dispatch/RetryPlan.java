package dev.june.stt.worker.dispatch;

import dev.june.stt.config.Delivery;
import dev.june.stt.config.KubeDuration;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** When a delivery that failed is tried again. Pure: chance comes in as a number. */
record RetryPlan(List<Duration> backoff, int maxAttempts) {
    /** A receiver may ask for more time than the plan has, within reason. */
    static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

    /** Waits are longer by up to this share, so that what failed together does not come back together. */
    static final double JITTER = 0.2;

    RetryPlan {
        backoff = List.copyOf(backoff);
    }

    static RetryPlan of(Delivery.Webhook webhook) {
        return new RetryPlan(webhook.backoff().stream().map(KubeDuration::value).toList(), webhook.maxAttempts());
    }

    /**
     * @param attempts how many have failed by now, from 1
     * @param retryAfter what the receiver asked for
     * @param chance from 0 to 1
     * @return how long to wait; empty if that was the last attempt
     */
    Optional<Duration> after(int attempts, Optional<Duration> retryAfter, double chance) {
        if (attempts >= maxAttempts) {
            return Optional.empty();
        }
        Duration planned = backoff.get(Math.min(attempts, backoff.size()) - 1);
        Duration jittered = planned.plusMillis((long) (planned.toMillis() * JITTER * chance));
        Duration asked = retryAfter
                .filter(wait -> wait.compareTo(LONGEST_RETRY_AFTER) <= 0)
                .orElse(retryAfter.isPresent() ? LONGEST_RETRY_AFTER : Duration.ZERO);
        return Optional.of(jittered.compareTo(asked) >= 0 ? jittered : asked);
    }
}
