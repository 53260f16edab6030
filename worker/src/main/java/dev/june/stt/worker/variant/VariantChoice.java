package dev.june.stt.worker.variant;

import dev.june.stt.config.Share;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Which variant a room gets: the same for every worker that asks. Weighted rendezvous hashing: each candidate draws a number that depends on
 * the room and on its own name alone, and the smallest for its weight wins. So rooms come out in proportion to the weights, and when weights
 * change those rooms move that have to: with one variant only from the one that loses to the one that gains. Pure.
 */
public final class VariantChoice {
    private static final int WHOLE = 100;

    private VariantChoice() {}

    /** The name of the variant, or {@link Treatment#PIPELINE}. */
    public static String of(String room, List<Share> shares) {
        List<Share> candidates = new ArrayList<>(shares);
        candidates.add(pipeline(shares));
        String chosen = Treatment.PIPELINE;
        double smallest = Double.POSITIVE_INFINITY;
        for (Share candidate : candidates) {
            double drawn = candidate.weight() <= 0
                    ? Double.POSITIVE_INFINITY
                    : -Math.log(uniform(room, candidate.variant())) / candidate.weight();
            if (drawn < smallest) {
                smallest = drawn;
                chosen = candidate.variant();
            }
        }
        return chosen;
    }

    /** Whether rooms may be in this variant, or in the pipeline itself. */
    public static boolean isOpen(String variant, List<Share> shares) {
        return variant.equals(Treatment.PIPELINE)
                ? pipeline(shares).weight() > 0
                : shares.stream().anyMatch(share -> share.variant().equals(variant) && share.weight() > 0);
    }

    private static Share pipeline(List<Share> shares) {
        return new Share(
                Treatment.PIPELINE,
                WHOLE - shares.stream().mapToInt(Share::weight).sum(),
                0);
    }

    /** A number above 0 and below 1. */
    private static double uniform(String room, String variant) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((variant + "\0" + room).getBytes(StandardCharsets.UTF_8));
            long bits = HexFormat.fromHexDigitsToLong(HexFormat.of().formatHex(digest, 0, 8)) >>> 11;
            return (bits + 0.5) / (1L << 53);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
