package dev.june.stt.operator.health;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.operator.OperatorSettings;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Sees whether anybody leads: the lease must change hands or be renewed every now and then. Compares by this process's own clock with
 * what it read before, so clocks of different nodes need not agree. Reads the lease from a thread of its own, and watches it too: see
 * {@link Canary}.
 */
public final class LeaderWatch implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderWatch.class);
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final OperatorSettings settings;
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("leader-watch").factory());

    private final Canary canary = new Canary(System::nanoTime);
    private @Nullable SharedIndexInformer<Lease> informer;

    @GuardedBy("this")
    private @Nullable String lastSeen;

    @GuardedBy("this")
    private long changedAtNanos = System.nanoTime();

    private volatile boolean running;

    public LeaderWatch(KubernetesClient client, OperatorSettings settings) {
        this.client = client;
        this.settings = settings;
    }

    /** How long nobody has been seen to lead; zero where there is no election. */
    synchronized Duration silence() {
        return settings.leaderElection() ? Duration.ofNanos(System.nanoTime() - changedAtNanos) : Duration.ZERO;
    }

    /** How long nothing has arrived by the watch although the lease changed; zero where there is no election. */
    Duration deaf() {
        return settings.leaderElection() ? canary.deaf() : Duration.ZERO;
    }

    @Override
    public void start() {
        running = true;
        if (settings.leaderElection()) {
            informer = client.leases()
                    .inNamespace(settings.namespace())
                    .withName(settings.leaseName())
                    .runnableInformer(0)
                    .addEventHandler(new Listener())
                    .exceptionHandler((_, _) -> true); // it goes on by itself; the canary tells if it does not
            var _ = informer.start();
            var _ = reader.scheduleWithFixedDelay(this::read, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void stop() {
        running = false;
        if (informer != null) {
            informer.close();
        }
        reader.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private void read() {
        try {
            Lease lease = client.leases()
                    .inNamespace(settings.namespace())
                    .withName(settings.leaseName())
                    .get();
            if (lease != null) {
                saw(lease.getMetadata().getResourceVersion());
            }
        } catch (KubernetesClientException e) {
            LOG.atWarn().addKeyValue("code", e.getCode()).log("The lease cannot be read");
        }
    }

    private synchronized void saw(String version) {
        canary.read(version);
        if (!Objects.equals(version, lastSeen)) {
            lastSeen = version;
            changedAtNanos = System.nanoTime();
        }
    }

    private final class Listener implements ResourceEventHandler<Lease> {
        @Override
        public void onAdd(Lease lease) {
            canary.heard(lease.getMetadata().getResourceVersion());
        }

        @Override
        public void onUpdate(Lease before, Lease lease) {
            canary.heard(lease.getMetadata().getResourceVersion());
        }

        @Override
        public void onDelete(Lease lease, boolean unknown) {
            canary.heard(lease.getMetadata().getResourceVersion());
        }
    }
}
