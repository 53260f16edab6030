package dev.june.stt.operator.rollout;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What has to be known of a pipeline's rollouts also after a restart of the operator, as the data of a ConfigMap.
 *
 * @param pods trial of the pod template
 * @param configuration trial of the configuration document
 */
public record Memory(Trial pods, Trial configuration) {
    public static final Memory EMPTY = new Memory(Trial.NEW, Trial.NEW);

    private static final String PODS = "pods";
    private static final String CONFIGURATION = "configuration";

    /** What is incomplete counts as not there. */
    public static Memory read(Map<String, String> data) {
        return new Memory(read(data, PODS), read(data, CONFIGURATION));
    }

    public Map<String, String> data() {
        Map<String, String> data = new TreeMap<>();
        write(data, PODS, pods);
        write(data, CONFIGURATION, configuration);
        return data;
    }

    private static Trial read(Map<String, String> data, String what) {
        @Nullable String goodId = data.get(what + ".good.id");
        @Nullable String content = data.get(what + ".good");
        if (goodId == null || content == null) {
            return Trial.NEW;
        }
        @Nullable String refusedId = data.get(what + ".refused.id");
        @Nullable String reason = data.get(what + ".refused.reason");
        @Nullable String message = data.get(what + ".refused.message");
        return new Trial(
                Optional.of(new Candidate(goodId, content)),
                refusedId == null || reason == null || message == null
                        ? Optional.empty()
                        : Optional.of(new Trial.Refused(refusedId, reason, message)));
    }

    private static void write(Map<String, String> data, String what, Trial trial) {
        trial.good().ifPresent(good -> {
            data.put(what + ".good.id", good.id());
            data.put(what + ".good", good.content());
        });
        trial.refused().ifPresent(refused -> {
            data.put(what + ".refused.id", refused.id());
            data.put(what + ".refused.reason", refused.reason());
            data.put(what + ".refused.message", refused.message());
        });
    }
}
