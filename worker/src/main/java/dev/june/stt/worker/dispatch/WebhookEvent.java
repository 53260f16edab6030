package dev.june.stt.worker.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.june.stt.transcript.CloudEvent;
import dev.june.stt.transcript.Subjects;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * A stored transcript as the receiver gets it: a CloudEvent in HTTP binary mode. The body is the {@code data} of the stored event, byte for
 * byte.
 *
 * @param id the {@code webhook-id}: the same for a stored event however often and by whatever way it is sent
 * @param headers {@code ce-} headers, encoded as CloudEvents asks
 */
record WebhookEvent(String id, Map<String, String> headers, byte[] body) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern ATTRIBUTE = Pattern.compile("[a-z0-9]{1,64}");
    private static final List<String> REQUIRED = List.of("ce-specversion", "ce-id", "ce-source", "ce-type");

    WebhookEvent {
        headers = Map.copyOf(headers);
    }

    boolean isFinal() {
        return CloudEvent.FINAL.equals(headers.get("ce-type"));
    }

    /** The event says of itself that it is a replay. */
    WebhookEvent replayed(String mark) {
        Map<String, String> marked = new LinkedHashMap<>(headers);
        marked.put("june-replay", encoded(mark));
        return new WebhookEvent(id, marked, body);
    }

    /**
     * @throws MalformedEvent if the payload is no CloudEvent in JSON
     */
    static WebhookEvent of(Subjects subjects, byte[] payload) {
        Map<String, String> headers = new LinkedHashMap<>();
        byte[] data = {};
        String id = "";
        try (JsonParser parser = JSON.createParser(payload)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedEvent("expected a JSON object");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("data")) {
                    int from = (int) parser.currentTokenLocation().getByteOffset();
                    parser.skipChildren();
                    data = Arrays.copyOfRange(
                            payload, from, (int) parser.currentLocation().getByteOffset());
                } else if (value.isScalarValue() && ATTRIBUTE.matcher(name).matches()) {
                    headers.put("ce-" + name, encoded(parser.getString()));
                    id = name.equals("id") ? parser.getString() : id;
                } else {
                    parser.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw new MalformedEvent("no JSON: line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr());
        }
        headers.remove("ce-datacontenttype"); // that is the content-type
        if (!headers.keySet().containsAll(REQUIRED) || data.length == 0) {
            throw new MalformedEvent("expected " + REQUIRED + " and data, got " + headers.keySet());
        }
        return new WebhookEvent(idOf(subjects, id), headers, data);
    }

    /**
     * Colons, which no token contains: two pipelines that listen to the same track give two ids. The event's id names the utterance; a final
     * that follows its void, because the utterance was put back from the dead letters, has one of its own.
     */
    static String idOf(Subjects subjects, String eventId) {
        return Subjects.token(subjects.namespace()) + ":" + Subjects.token(subjects.pipeline()) + ":"
                + Subjects.token(eventId);
    }

    /** Percent-encoding of what a header may not hold: all but printable ASCII, and space, quote and percent. */
    private static String encoded(String value) {
        StringBuilder out = new StringBuilder(value.length());
        for (byte b : value.getBytes(UTF_8)) {
            if (b > ' ' && b < 0x7f && b != '"' && b != '%') {
                out.append((char) b);
            } else {
                out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return out.toString();
    }

    /** What is stored is no CloudEvent: no attempt would mend that. The message shows nothing of the content. */
    static final class MalformedEvent extends RuntimeException {
        MalformedEvent(String message) {
            super(message);
        }
    }
}
