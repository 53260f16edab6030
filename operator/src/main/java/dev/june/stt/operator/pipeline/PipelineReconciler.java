package dev.june.stt.operator.pipeline;

import dev.june.stt.operator.OperatorSettings;
import dev.june.stt.operator.autoscaling.Autoscaler;
import dev.june.stt.operator.autoscaling.Decision;
import dev.june.stt.operator.condition.Conditions;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineStatus;
import dev.june.stt.resource.VariantStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings what exists for a pipeline to what its spec asks for, and says in its status how that goes. Reads from caches, decides
 * purely, applies what differs; never waits for anything but the API server's answer to a write. A pipeline is reconciled by one
 * thread at a time, different ones side by side.
 */
@ControllerConfiguration(
        name = "sttpipeline",
        finalizerName = PipelineReconciler.FINALIZER,
        fieldManager = Names.MANAGER)
public final class PipelineReconciler implements Reconciler<SttPipeline>, Cleaner<SttPipeline>, AutoCloseable {
    static final String FINALIZER = SttPipeline.GROUP + "/streams";

    /** Figures in the status are coarse: live ones are metrics. */
    private static final Duration FIGURES = Duration.ofSeconds(15);

    private static final Duration SOON = Duration.ofMillis(200);

    private final Clock clock;
    private final EventRecorder events;
    private final SimpleInboundEventSource<SttPipeline> outside = new SimpleInboundEventSource<>("surroundings");
    private final Surroundings surroundings;
    private final Departure departure;
    private final Autoscaler autoscaler;
    private final Tally tally;
    private final Rollouts rollouts;
    private final Healer healer;
    private final VariantNews variantNews;
    private final HandEdits handEdits;
    private final PipelineObject<ServiceAccount> serviceAccount;
    private final PipelineObject<ConfigMap> configMap;
    private final PipelineObject<ConfigMap> memory;
    private final PipelineObject<Service> service;
    private final PipelineObject<PodDisruptionBudget> disruptionBudget;
    private final PipelineObject<NetworkPolicy> networkPolicy;
    private final PipelineObject<Deployment> deployment;
    private final OptionalObjects optional;
    private final Autoscalers autoscalers;

    /** What has arrived of the pipelines; set when the operator starts. */
    private volatile @Nullable Cache<SttPipeline> pipelines;

    /** When the figures in a pipeline's status were written last. */
    private final Map<ResourceID, Instant> figuresWritten = new ConcurrentHashMap<>();

    public PipelineReconciler(OperatorSettings settings, KubernetesClient client, Clock clock, MeterRegistry meters) {
        this.clock = clock;
        this.events = new EventRecorder(client, clock, settings.identity());
        this.tally = new Tally(meters);
        this.surroundings = new Surroundings(client, clock, tally, outside::propagateEvent);
        this.departure = new Departure(surroundings, events, clock);
        this.autoscaler = new Autoscaler(clock);
        this.variantNews = new VariantNews(events, meters);
        this.rollouts = new Rollouts(settings.workerImage(), tally);
        this.healer = new Healer(client, events, tally);
        this.handEdits = new HandEdits(events);
        this.optional = new OptionalObjects(client, handEdits, settings.monitoringLabels(), outside::propagateEvent);
        this.autoscalers = new Autoscalers(client, settings.namespaces().isEmpty(), outside::propagateEvent);
        this.serviceAccount =
                new PipelineObject<>(ServiceAccount.class, handEdits, Names::workers, WorkerObjects::serviceAccount);
        this.configMap = new PipelineObject<>(
                ConfigMap.class,
                handEdits,
                Names::config,
                pipeline -> WorkerObjects.configMap(pipeline, rollouts.document(pipeline)));
        this.memory = new PipelineObject<>(ConfigMap.class, "Memory", handEdits, Names::rollout, rollouts::memory);
        this.service = new PipelineObject<>(Service.class, handEdits, Names::workers, WorkerObjects::service);
        this.disruptionBudget = new PipelineObject<>(
                PodDisruptionBudget.class, handEdits, Names::workers, WorkerObjects::disruptionBudget);
        this.networkPolicy =
                new PipelineObject<>(NetworkPolicy.class, handEdits, Names::workers, WorkerNetwork::policy);
        this.deployment = new PipelineObject<>(Deployment.class, handEdits, Names::workers, this::desired);
    }

    @Override
    public List<EventSource<?, SttPipeline>> prepareEventSources(EventSourceContext<SttPipeline> context) {
        pipelines = context.getPrimaryCache();
        List<EventSource<?, SttPipeline>> sources = new ArrayList<>();
        for (PipelineObject<?> object :
                List.of(serviceAccount, configMap, service, disruptionBudget, networkPolicy, deployment)) {
            sources.add(object.initEventSource(context));
        }
        memory.setEventSource(configMap.eventSource().orElseThrow());
        sources.add(new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, SttPipeline.class)
                        .withName("Pod")
                        .withLabelSelector(Names.SELECTOR)
                        .withSecondaryToPrimaryMapper(pod -> Set.of(new ResourceID(
                                pod.getMetadata().getLabels().get(Names.PIPELINE),
                                pod.getMetadata().getNamespace())))
                        .build(),
                context));
        sources.add(outside);
        return sources;
    }

    @Override
    public UpdateControl<SttPipeline> reconcile(SttPipeline pipeline, Context<SttPipeline> context) {
        Observed observed = observe(pipeline, context);
        List<Finding> findings = Checks.findings(pipeline, observed);
        if (observed.replicas() > 0
                && observed.replicas() < observed.currentReplicas().orElse(0)) {
            Victim.choose(observed.pods(), observed.reports())
                    .ifPresent(victim -> Victim.mark(context.getClient(), observed.pods(), victim));
        }
        healer.carryOut(pipeline, observed.healing(), clock.instant());
        apply(pipeline, context, Checks.holdWorkers(pipeline, findings));
        if (!surroundings.isComplete(pipeline, observed) && pipeline.getStatus() != null) {
            return UpdateControl.noUpdate();
        }
        UpdateControl<SttPipeline> update = report(pipeline, Report.of(pipeline, observed, findings, clock.instant()));
        return update.getScheduleDelay().isPresent() ? update : update.rescheduleAfter(Autoscaler.AGAIN);
    }

    @Override
    public DeleteControl cleanup(SttPipeline pipeline, Context<SttPipeline> context) {
        Optional<Finding> waits = departure.step(pipeline, deployment(context), pods(context), context.getClient());
        if (waits.isPresent()) {
            SttPipelineStatus status = Report.obstructed(pipeline, waits.get(), clock.instant());
            if (!status.equals(pipeline.getStatus())) {
                PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(
                        pipeline, statusOnly(pipeline, status), context);
            }
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(Departure.AGAIN);
        }
        ResourceID id = ResourceID.fromResource(pipeline);
        surroundings.forget(id);
        optional.forget(id);
        autoscalers.forget(id);
        handEdits.forget(id);
        figuresWritten.remove(id);
        autoscaler.forget(id);
        rollouts.forget(id);
        healer.forget(id);
        tally.forget(id);
        return DeleteControl.defaultDelete();
    }

    /** What the API server refuses is for a person to mend, and is said; that it does not answer is not, and is only retried. */
    @Override
    public ErrorStatusUpdateControl<SttPipeline> updateErrorStatus(
            SttPipeline pipeline, Context<SttPipeline> context, Exception e) {
        Optional<Finding> refusal = Refusal.of(e);
        if (refusal.isEmpty()) {
            return ErrorStatusUpdateControl.defaultErrorProcessing();
        }
        SttPipelineStatus status = Report.obstructed(pipeline, refusal.get(), clock.instant());
        if (status.equals(pipeline.getStatus())) {
            return ErrorStatusUpdateControl.noStatusUpdate();
        }
        tell(pipeline, Report.before(pipeline), status.conditions());
        return ErrorStatusUpdateControl.patchStatus(statusOnly(pipeline, status));
    }

    @Override
    public void close() {
        surroundings.close();
        optional.close();
        autoscalers.close();
    }

    /** Version of a pipeline that has arrived by the watch. */
    public Optional<String> seenVersion(ResourceID pipeline) {
        return Optional.ofNullable(pipelines)
                .flatMap(cache -> cache.get(pipeline))
                .map(found -> found.getMetadata().getResourceVersion());
    }

    private Observed observe(SttPipeline pipeline, Context<SttPipeline> context) {
        rollouts.recall(pipeline, memory.getSecondaryResource(pipeline, context));
        Observed observed = surroundings.observe(
                pipeline, deployment(context), pods(context), decided(pipeline), rollouts.document(pipeline));
        Instant now = clock.instant();
        Observed judged = observed.remembering(rollouts.judge(pipeline, observed, now))
                .healing(healer.decide(pipeline, observed, now))
                .beside(new Scalers(
                        optional.isKnown(pipeline, OptionalObjects.SCALED_OBJECT), autoscalers.seen(pipeline)));
        Decision before = decided(pipeline);
        Decision after = autoscaler.decide(
                ResourceID.fromResource(pipeline),
                pipeline.getSpec(),
                judged.scalers().mode(pipeline.getSpec().autoscaling().mode()),
                judged.demand(),
                judged.currentReplicas().orElse(0));
        tally.decided(ResourceID.fromResource(pipeline), before, after, judged.readyReplicas());
        return judged.scaledTo(after);
    }

    private void apply(SttPipeline pipeline, Context<SttPipeline> context, boolean holdWorkers) {
        serviceAccount.reconcile(pipeline, context);
        disruptionBudget.reconcile(pipeline, context);
        // Before the pods that it protects.
        networkPolicy.reconcile(
                pipeline, context, pipeline.getSpec().workers().networkPolicy().enabled());
        // Before what follows from it.
        memory.reconcile(pipeline, context, !rollouts.memory(pipeline).getData().isEmpty());
        if (!holdWorkers) {
            configMap.reconcile(pipeline, context);
            deployment.reconcile(pipeline, context);
        }
        // After the pods, which need none to begin with: an address for it takes longest.
        service.reconcile(pipeline, context);
        // Last: nothing else should fail because the operator may not do this.
        optional.apply(pipeline, context);
    }

    private UpdateControl<SttPipeline> report(SttPipeline pipeline, SttPipelineStatus after) {
        SttPipelineStatus before = pipeline.getStatus();
        ResourceID id = ResourceID.fromResource(pipeline);
        if (after.equals(before)) {
            return UpdateControl.noUpdate();
        }
        Instant now = clock.instant();
        Duration age = Duration.between(figuresWritten.getOrDefault(id, Instant.EPOCH), now);
        if (before != null && withoutFigures(after).equals(withoutFigures(before)) && age.compareTo(FIGURES) < 0) {
            return UpdateControl.<SttPipeline>noUpdate().rescheduleAfter(FIGURES.minus(age));
        }
        figuresWritten.put(id, now);
        tell(pipeline, Report.before(pipeline), after.conditions());
        variantNews.tell(pipeline, after);
        UpdateControl<SttPipeline> update = UpdateControl.patchStatus(statusOnly(pipeline, after));
        // The workers are told by the next pass, which reads the decision from the status.
        return VariantNews.decided(pipeline, after).isEmpty() ? update : update.rescheduleAfter(SOON);
    }

    private void tell(SttPipeline pipeline, List<Condition> before, List<Condition> after) {
        for (Condition condition : Conditions.transitions(before, after)) {
            boolean isTrue = condition.getStatus().equals("True");
            switch (condition.getType()) {
                case ConditionType.READY -> {
                    if (!condition.getStatus().equals("Unknown")) {
                        events.record(
                                pipeline, EventRecorder.Type.NORMAL, condition.getReason(), condition.getMessage());
                    }
                }
                case ConditionType.DEGRADED -> {
                    if (isTrue) {
                        events.record(
                                pipeline, EventRecorder.Type.WARNING, condition.getReason(), condition.getMessage());
                    }
                }
                case ConditionType.SCALED -> {
                    if (condition.getStatus().equals("False")) {
                        events.record(
                                pipeline, EventRecorder.Type.NORMAL, condition.getReason(), condition.getMessage());
                    }
                }
                case ConditionType.CONFIGURATION_APPLIED -> {
                    if (isTrue) {
                        events.record(
                                pipeline,
                                EventRecorder.Type.NORMAL,
                                "ConfigurationApplied",
                                "Every ready worker runs generation " + condition.getObservedGeneration() + ".");
                    }
                }
                default -> {}
            }
        }
    }

    private Deployment desired(SttPipeline pipeline) {
        return rollouts.deployment(pipeline, decided(pipeline).replicas());
    }

    /** What was decided last. */
    private Decision decided(SttPipeline pipeline) {
        return autoscaler.last(ResourceID.fromResource(pipeline), pipeline.getSpec());
    }

    private static Optional<Deployment> deployment(Context<SttPipeline> context) {
        return context.getSecondaryResource(Deployment.class);
    }

    private static List<Pod> pods(Context<SttPipeline> context) {
        return context.getSecondaryResourcesAsStream(Pod.class)
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
                .toList();
    }

    /** Only what the operator owns: server-side apply would otherwise take over the user's spec. */
    private static SttPipeline statusOnly(SttPipeline pipeline, SttPipelineStatus status) {
        SttPipeline patch = new SttPipeline();
        patch.setMetadata(new ObjectMetaBuilder()
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withName(pipeline.getMetadata().getName())
                .build());
        patch.setStatus(status);
        return patch;
    }

    private static SttPipelineStatus withoutFigures(SttPipelineStatus status) {
        return new SttPipelineStatus(
                status.observedGeneration(),
                status.conditions(),
                status.replicas(),
                status.readyReplicas(),
                status.selector(),
                0,
                0,
                0,
                0,
                status.configuration(),
                status.variants().stream().map(VariantStatus::withoutFigures).toList());
    }
}
