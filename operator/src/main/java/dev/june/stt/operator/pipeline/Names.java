package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;
import java.util.TreeMap;

/** Names and labels of what the operator creates for a pipeline. */
final class Names {
    static final String MANAGER = "june-stt-operator";
    static final String PIPELINE = "stt.june.dev/pipeline";
    static final String ROLL = "stt.june.dev/roll";

    /** On pods and their template: a hash of the template. */
    static final String TEMPLATE = "stt.june.dev/template";

    /** On a pipeline, with any value: tries once more what was refused, when it changes. */
    static final String TRY_AGAIN = "stt.june.dev/try-again";

    /** What the operator's informers are narrowed to. */
    static final String SELECTOR = PIPELINE + ",app.kubernetes.io/managed-by=" + MANAGER;

    static final String CONFIG_KEY = "pipeline.json";
    static final int PORT = 8001;

    private Names() {}

    static String workers(SttPipeline pipeline) {
        return pipeline.getMetadata().getName() + "-workers";
    }

    static String config(SttPipeline pipeline) {
        return pipeline.getMetadata().getName() + "-config";
    }

    static String rollout(SttPipeline pipeline) {
        return pipeline.getMetadata().getName() + "-rollout";
    }

    /** Sets what was refused apart from another try of the same: the annotation's value, which a person may change. */
    static String attempt(SttPipeline pipeline) {
        var annotations = pipeline.getMetadata().getAnnotations();
        return annotations == null || annotations.get(TRY_AGAIN) == null ? "" : "-" + annotations.get(TRY_AGAIN);
    }

    static String alerts(SttPipeline pipeline) {
        return pipeline.getMetadata().getName() + "-alerts";
    }

    /** Labels that pods are selected by; they can never change. */
    static Map<String, String> selector(SttPipeline pipeline) {
        return new TreeMap<>(Map.of(
                "app.kubernetes.io/name",
                "june-stt-worker",
                PIPELINE,
                pipeline.getMetadata().getName()));
    }

    static Map<String, String> labels(SttPipeline pipeline) {
        Map<String, String> labels = new TreeMap<>(selector(pipeline));
        labels.put("app.kubernetes.io/instance", pipeline.getMetadata().getName());
        labels.put("app.kubernetes.io/component", "worker");
        labels.put("app.kubernetes.io/part-of", "june-stt");
        labels.put("app.kubernetes.io/managed-by", MANAGER);
        return labels;
    }

    /** Metadata of an object that belongs to the pipeline and is deleted with it. */
    static ObjectMeta owned(SttPipeline pipeline, String name) {
        return new ObjectMetaBuilder()
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withName(name)
                .withLabels(labels(pipeline))
                .addNewOwnerReference()
                .withApiVersion(pipeline.getApiVersion())
                .withKind(pipeline.getKind())
                .withName(pipeline.getMetadata().getName())
                .withUid(pipeline.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .endOwnerReference()
                .build();
    }
}
