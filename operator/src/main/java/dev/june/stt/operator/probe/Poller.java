package dev.june.stt.operator.probe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at things that no watch tells about, again and again, in the background, and says which pipelines should be reconciled
 * when what it sees has changed. A thing that several pipelines depend on is looked at once. A reconcile asks {@link #watch} and
 * is answered at once with what was seen last.
 *
 * <p>A look runs on a virtual thread, at most one at a time for a thing and a bounded number in all; it must limit its own time.
 * There are as many things as the pipelines that exist depend on: {@link #forget} is called when one is gone.
 *
 * @param <K> what is looked at
 * @param <V> what is seen; compared with {@code equals}
 */
public final class Poller<K, V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Poller.class);
    private static final int LOOKS_AT_A_TIME = 64;
    private static final Duration NOTHING_SEEN = Duration.ofSeconds(10);
    private static final Duration DOUBT = Duration.ofSeconds(2);

    private final String name;
    private final Function<K, Optional<V>> look;
    private final Predicate<V> doubtful;
    private final BiFunction<K, V, Duration> again;
    private final Consumer<ResourceID> changed;

    private final ScheduledThreadPoolExecutor clock;
    private final ExecutorService lookers = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore permits = new Semaphore(LOOKS_AT_A_TIME);

    @GuardedBy("this")
    private final Map<K, Thing<V>> things = new HashMap<>();

    @GuardedBy("this")
    private final Map<ResourceID, Set<K>> watched = new HashMap<>();

    /**
     * @param look sees the thing; nothing seen leaves what was seen before. Expected failures are values, an exception is a defect
     *     and is logged
     * @param doubtful what could be a passing fault: it takes the place of something better only when it is seen twice in a row
     * @param again when to look again after having seen this
     * @param changed called on a looker's thread for every pipeline that depends on a thing that changed
     */
    public Poller(
            String name,
            Function<K, Optional<V>> look,
            Predicate<V> doubtful,
            BiFunction<K, V, Duration> again,
            Consumer<ResourceID> changed) {
        this.name = name;
        this.look = look;
        this.doubtful = doubtful;
        this.again = again;
        this.changed = changed;
        this.clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name(name + "-clock").factory());
        clock.setRemoveOnCancelPolicy(true);
    }

    /** From now on the pipeline depends on exactly these things. Answers what is known of them: nothing for those not yet seen. */
    public synchronized Map<K, V> watch(ResourceID pipeline, Set<K> keys) {
        Set<K> before = Set.copyOf(watched.getOrDefault(pipeline, Set.of()));
        if (keys.isEmpty()) {
            watched.remove(pipeline);
        } else {
            watched.put(pipeline, Set.copyOf(keys));
        }
        for (K key : before) {
            if (!keys.contains(key)) {
                leave(key, pipeline);
            }
        }
        Map<K, V> known = new HashMap<>();
        for (K key : keys) {
            Thing<V> thing = things.computeIfAbsent(key, _ -> new Thing<>());
            thing.pipelines.add(pipeline);
            if (thing.next == null && !thing.looking) {
                schedule(key, thing, Duration.ZERO);
            }
            if (thing.seen != null) {
                known.put(key, thing.seen);
            }
        }
        return known;
    }

    public void forget(ResourceID pipeline) {
        watch(pipeline, Set.of());
    }

    /** Looks at once, or once more as soon as the look that is under way is done. */
    public synchronized void lookNow(K key) {
        Thing<V> thing = things.get(key);
        if (thing == null) {
            return;
        }
        if (thing.looking) {
            thing.onceMore = true;
        } else {
            schedule(key, thing, Duration.ZERO);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        lookers.shutdownNow();
    }

    @GuardedBy("this")
    private void leave(K key, ResourceID pipeline) {
        Thing<V> thing = things.get(key);
        if (thing == null) {
            return;
        }
        thing.pipelines.remove(pipeline);
        if (thing.pipelines.isEmpty()) {
            things.remove(key);
            if (thing.next != null) {
                thing.next.cancel(false);
            }
        }
    }

    @GuardedBy("this")
    private void schedule(K key, Thing<V> thing, Duration delay) {
        if (clock.isShutdown()) {
            return;
        }
        if (thing.next != null) {
            thing.next.cancel(false);
        }
        thing.next =
                clock.schedule(() -> lookers.execute(() -> look(key, thing)), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look(K key, Thing<V> thing) {
        if (!begin(key, thing)) {
            return;
        }
        try {
            permits.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        Optional<V> seen = Optional.empty();
        try {
            seen = look.apply(key);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("poller", name).log("A look ended in a defect; it is repeated");
        } finally {
            permits.release();
        }
        end(key, thing, seen).forEach(changed);
    }

    private synchronized boolean begin(K key, Thing<V> thing) {
        if (things.get(key) != thing || thing.looking) {
            return false;
        }
        thing.looking = true;
        thing.onceMore = false;
        return true;
    }

    private synchronized List<ResourceID> end(K key, Thing<V> thing, Optional<V> seen) {
        thing.looking = false;
        if (things.get(key) != thing) {
            return List.of();
        }
        boolean doubted = seen.isPresent() && !thing.doubted && isDoubtful(thing, seen.get());
        thing.doubted = doubted;
        Duration wait =
                doubted ? DOUBT : seen.map(value -> again.apply(key, value)).orElse(NOTHING_SEEN);
        schedule(key, thing, thing.onceMore ? Duration.ZERO : jittered(wait));
        if (doubted || seen.isEmpty() || seen.get().equals(thing.seen)) {
            return List.of();
        }
        thing.seen = seen.get();
        return List.copyOf(thing.pipelines);
    }

    private boolean isDoubtful(Thing<V> thing, V value) {
        return thing.seen != null && !doubtful.test(thing.seen) && doubtful.test(value);
    }

    /** So that a thousand things that were first seen together are not looked at together for ever. */
    private static Duration jittered(Duration wait) {
        return Duration.ofMillis(
                (long) (wait.toMillis() * ThreadLocalRandom.current().nextDouble(0.9, 1.1)));
    }

    private static final class Thing<V> {
        final Set<ResourceID> pipelines = new HashSet<>();

        @Nullable
        ScheduledFuture<?> next;

        @Nullable
        V seen;

        boolean looking;
        boolean doubted;
        boolean onceMore;
    }
}
