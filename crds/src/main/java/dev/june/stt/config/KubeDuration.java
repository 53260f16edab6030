package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * A duration as Kubernetes writes it: {@code 600ms}, {@code 1m30s}, {@code 168h}. Never negative; resolution one millisecond.
 * Keeps the text it was read from, so that a document read and written again is unchanged. Any other text is refused with an
 * {@link IllegalArgumentException} that shows it.
 */
public record KubeDuration(@JsonValue String text) {
    /** The same expression is the {@code pattern} in the schema. */
    public static final String PATTERN = "^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

    private static final Pattern PARTS = Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m(?!s))?(?:(\\d+)s)?(?:(\\d+)ms)?");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public KubeDuration {
        parse(text);
    }

    public static KubeDuration of(Duration duration) {
        if (duration.isZero()) {
            return new KubeDuration("0s");
        }
        StringBuilder text = new StringBuilder();
        append(text, duration.toHours(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        append(text, duration.toMillisPart(), "ms");
        return new KubeDuration(text.toString());
    }

    public Duration value() {
        return parse(text);
    }

    public long toMillis() {
        return value().toMillis();
    }

    @Override
    public String toString() {
        return text;
    }

    private static Duration parse(String text) {
        var matcher = PARTS.matcher(text);
        if (text.isEmpty() || text.length() > 16 || !matcher.matches()) {
            throw new IllegalArgumentException(
                    "duration: expected hours, minutes, seconds and milliseconds as in 600ms or 1m30s, got '" + text
                            + "'");
        }
        return Duration.ofHours(part(matcher.group(1)))
                .plusMinutes(part(matcher.group(2)))
                .plusSeconds(part(matcher.group(3)))
                .plusMillis(part(matcher.group(4)));
    }

    private static long part(@org.jspecify.annotations.Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static void append(StringBuilder text, long amount, String unit) {
        if (amount > 0) {
            text.append(amount).append(unit);
        }
    }
}
