package dev.june.stt.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;

/** What the operator asked of the API server, by the server's own account. */
final class AuditLog {
    static final String OPERATOR = "system:serviceaccount:june-stt:june-stt-operator";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> WRITES = Set.of("create", "update", "patch", "delete", "deletecollection");

    private AuditLog() {}

    /** One request. {@code resource} is as in a role: with its subresource, as in {@code sttpipelines/status}. */
    record Request(String verb, String group, String resource, String namespace, String name, int code) {
        boolean isWrite() {
            return WRITES.contains(verb);
        }
    }

    static List<Request> byTheOperator() {
        return TestServers.shared().api.audit().stream()
                .map(AuditLog::parse)
                .filter(event -> event.at("/user/username").asText().equals(OPERATOR)
                        && event.has("objectRef")
                        && event.path("stage").asText().equals("ResponseComplete"))
                .map(AuditLog::request)
                .toList();
    }

    private static Request request(JsonNode event) {
        JsonNode object = event.get("objectRef");
        String subresource = object.path("subresource").asText("");
        return new Request(
                event.path("verb").asText(),
                object.path("apiGroup").asText(""),
                object.path("resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource),
                object.path("namespace").asText(""),
                object.path("name").asText(""),
                event.at("/responseStatus/code").asInt());
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
