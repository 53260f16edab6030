package dev.june.stt.operator.pipeline;

import dev.june.stt.resource.SttPipeline;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells a correction from a change of mind. An object that has to be written although the operator wants of it what it wanted before
 * was changed or deleted by somebody else, and that is said in an Event. Remembers a hash for each object of each pipeline; after a
 * restart the first correction goes unsaid. Any thread.
 */
final class HandEdits {
    private final EventRecorder events;
    private final Map<ResourceID, Map<String, Integer>> wanted = new ConcurrentHashMap<>();

    HandEdits(EventRecorder events) {
        this.events = events;
    }

    /** The object is, or was just made, as it is wanted. */
    void inShape(SttPipeline pipeline, HasMetadata desired) {
        wanted.computeIfAbsent(ResourceID.fromResource(pipeline), _ -> new ConcurrentHashMap<>())
                .put(key(desired), desired.hashCode());
    }

    void corrected(SttPipeline pipeline, HasMetadata desired, Optional<? extends HasMetadata> found) {
        Integer before =
                wanted.getOrDefault(ResourceID.fromResource(pipeline), Map.of()).get(key(desired));
        if (before != null && before == desired.hashCode()) {
            String object = desired.getKind() + " " + desired.getMetadata().getName();
            if (found.isPresent()) {
                events.record(
                        pipeline,
                        EventRecorder.Type.WARNING,
                        "HandEditReverted",
                        object + " was changed" + by(found.get())
                                + " and is again as the pipeline asks. Change the pipeline instead.");
            } else {
                events.record(
                        pipeline,
                        EventRecorder.Type.WARNING,
                        "ObjectRecreated",
                        object + " was deleted and is there again: it belongs to the pipeline.");
            }
        }
        inShape(pipeline, desired);
    }

    /** The object is not wanted any more; when it is again, it is new. */
    void unwanted(SttPipeline pipeline, String kind, String name) {
        wanted.computeIfPresent(ResourceID.fromResource(pipeline), (_, objects) -> {
            objects.remove(key(kind, name));
            return objects;
        });
    }

    void forget(ResourceID pipeline) {
        wanted.remove(pipeline);
    }

    private static String key(HasMetadata object) {
        return key(object.getKind(), object.getMetadata().getName());
    }

    private static String key(String kind, String name) {
        return kind + "/" + name;
    }

    /** The field manager that wrote last, apart from ours and from controllers that write a status. */
    private static String by(HasMetadata found) {
        return found.getMetadata().getManagedFields().stream()
                .filter(entry ->
                        entry.getSubresource() == null || entry.getSubresource().isEmpty())
                .filter(entry ->
                        entry.getManager() != null && !entry.getManager().equals(Names.MANAGER))
                .max(Comparator.comparing(entry -> entry.getTime() == null ? "" : entry.getTime()))
                .map(ManagedFieldsEntry::getManager)
                .map(manager -> " by " + manager)
                .orElse("");
    }
}
