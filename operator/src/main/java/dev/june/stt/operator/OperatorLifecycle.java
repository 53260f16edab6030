package dev.june.stt.operator;

import dev.june.stt.operator.pipeline.PipelineReconciler;
import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.processing.event.rate.LinearRateLimiter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts and stops the operator with the application. The SDK's own shutdown hook does nothing under leader election, and its way of
 * leaving when the lease is lost, {@code System.exit}, would wait for this very shutdown: both are done here.
 */
final class OperatorLifecycle implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorLifecycle.class);
    private static final Duration API_AGAIN = Duration.ofSeconds(2);
    private static final Duration LAST_RECONCILES = Duration.ofSeconds(10);

    /**
     * As many as the API server answers well. It gives Services their addresses one at a time: of fifty that are asked for at once, the
     * last wait longer than the client does, are undone, and are asked for again (docs/decisions/0090-many-pipelines.md).
     */
    private static final int PIPELINES_AT_A_TIME = 12;

    private final OperatorSettings settings;
    private final KubernetesClient client;
    private final Operator operator;
    private volatile boolean running;
    private volatile boolean stopping;

    OperatorLifecycle(
            OperatorSettings settings,
            KubernetesClient client,
            PipelineReconciler reconciler,
            OperatorMetrics metrics) {
        this.settings = settings;
        this.client = client;
        this.operator = new Operator(overrider -> configure(overrider, metrics));
        operator.register(reconciler, this::configure);
    }

    Operator operator() {
        return operator;
    }

    @Override
    public void start() {
        awaitApiServer();
        operator.start();
        running = true;
    }

    @Override
    public void stop() {
        stopping = true;
        running = false;
        operator.stop();
        releaseLease();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After the web server, so that health answers while caches fill; stopped before it. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    /** An operator that ended because the API server is away would be started again later and later; the startup probe sets the limit. */
    private void awaitApiServer() {
        while (!stopping) {
            try {
                client.getKubernetesVersion();
                return;
            } catch (KubernetesClientException e) {
                LOG.atWarn().addKeyValue("why", e.getMessage()).log("The API server does not answer; asking again");
            }
            try {
                Thread.sleep(API_AGAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for the API server", e);
            }
        }
    }

    private void configure(ConfigurationServiceOverrider overrider, OperatorMetrics metrics) {
        overrider
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withMetrics(metrics)
                .withReconciliationTerminationTimeout(LAST_RECONCILES)
                .withConcurrentReconciliationThreads(PIPELINES_AT_A_TIME)
                .withDefaultNonSSAResource(Set.of())
                // Objects stay free of an annotation of the SDK's; an own write is one more reconcile, which changes
                // nothing.
                .withPreviousAnnotationForDependentResources(false);
        if (settings.leaderElection()) {
            overrider.withLeaderElectionConfiguration(leaderElection());
        }
    }

    private void configure(ControllerConfigurationOverrider<SttPipeline> overrider) {
        overrider
                .withRetry(GenericRetry.defaultLimitedExponentialRetry()
                        .withoutMaxAttempts()
                        .setInitialInterval(Duration.ofSeconds(1))
                        .setIntervalMultiplier(2)
                        .setMaxInterval(Duration.ofSeconds(60).toMillis()))
                // Three passes follow a hand edit; several edits at once must not wait for long.
                .withRateLimiter(new LinearRateLimiter(Duration.ofSeconds(2), 10))
                .withReconciliationMaxInterval(Duration.ofMinutes(5));
        if (settings.namespaces().isEmpty()) {
            overrider.watchingAllNamespaces();
        } else {
            overrider.settingNamespaces(settings.namespaces());
        }
    }

    private LeaderElectionConfiguration leaderElection() {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(settings.leaseName())
                .withLeaseNamespace(settings.namespace())
                .withIdentity(settings.identity())
                .withLeaseDuration(Duration.ofSeconds(15))
                .withRenewDeadline(Duration.ofSeconds(10))
                .withRetryPeriod(Duration.ofSeconds(2))
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(new LeaderCallbacks(
                        () -> LOG.info("This operator leads now"), this::leadershipLost, leader -> {}))
                .build();
    }

    /** Another may work already: this process ends on the spot, without a graceful end during which it would go on writing. */
    private void leadershipLost() {
        if (!stopping) {
            LOG.error("The lease is lost: this operator ends, to be started again as a candidate");
            Runtime.getRuntime().halt(1);
        }
    }

    /** So that the next leader need not wait until the lease expires. */
    private void releaseLease() {
        if (!settings.leaderElection()) {
            return;
        }
        try {
            Lease lease = client.leases()
                    .inNamespace(settings.namespace())
                    .withName(settings.leaseName())
                    .get();
            if (lease != null && settings.identity().equals(lease.getSpec().getHolderIdentity())) {
                client.resource(lease).edit(held -> {
                    held.getSpec().setHolderIdentity("");
                    return held;
                });
            }
        } catch (KubernetesClientException e) {
            LOG.atWarn().addKeyValue("code", e.getCode()).log("The lease could not be released; it expires by itself");
        }
    }
}
