package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;

/** What stands around a pipeline's Deployment. Pure. */
final class WorkerObjects {
    private WorkerObjects() {}

    /** Workers never talk to the API server: no token, and no role is bound to this. */
    static ServiceAccount serviceAccount(SttPipeline pipeline) {
        return new ServiceAccountBuilder()
                .withMetadata(Names.owned(pipeline, Names.workers(pipeline)))
                .withAutomountServiceAccountToken(false)
                .build();
    }

    /** The configuration document for workers that start; those that run get it through the bucket. */
    static ConfigMap configMap(SttPipeline pipeline, String document) {
        return new ConfigMapBuilder()
                .withMetadata(Names.owned(pipeline, Names.config(pipeline)))
                .addToData(Names.CONFIG_KEY, document)
                .build();
    }

    static Service service(SttPipeline pipeline) {
        return new ServiceBuilder()
                .withMetadata(Names.owned(pipeline, Names.workers(pipeline)))
                .withNewSpec()
                .withType("ClusterIP")
                .withSelector(Names.selector(pipeline))
                .addNewPort()
                .withName("http")
                .withPort(Names.PORT)
                .withNewTargetPort("http")
                .withProtocol("TCP")
                .endPort()
                .endSpec()
                .build();
    }

    /** One worker at a time may be taken away; one that is not ready anyway never holds up a node's drain. */
    static PodDisruptionBudget disruptionBudget(SttPipeline pipeline) {
        return new PodDisruptionBudgetBuilder()
                .withMetadata(Names.owned(pipeline, Names.workers(pipeline)))
                .withNewSpec()
                .withNewMaxUnavailable(1)
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .withNewSelector()
                .withMatchLabels(Names.selector(pipeline))
                .endSelector()
                .endSpec()
                .build();
    }
}
