package dev.june.stt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Works on dead letters. */
@Command(
        name = "deadletters",
        aliases = "dl",
        mixinStandardHelpOptions = true,
        description = "List, inspect, hear and replay dead letters")
final class DeadLettersCommand {
    private static final String PATH = "/v1/deadletters";
    private static final int PAGE = 500;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets it before a command runs
    DeadLettersCommand() {}

    /** Connection options that every command has. */
    static final class Connection {
        @Mixin
        private final Worker worker = new Worker(System.getenv());
    }

    /** Which are meant. */
    static final class Which {
        @Option(names = "--stage", description = "decode, append or webhook")
        private @Nullable String stage;

        @Option(names = "--reason", description = "For example max_deliveries")
        private @Nullable String reason;

        @Option(names = "--since", description = "Stored then or later, such as 2026-11-24T10:00:00Z")
        private @Nullable String since;

        @Option(names = "--until", description = "Stored before then")
        private @Nullable String until;

        @Option(names = "--from", description = "First sequence")
        private @Nullable Long from;

        @Option(names = "--to", description = "Last sequence")
        private @Nullable Long to;

        private ObjectNode asJson() {
            ObjectNode json = Worker.JSON.createObjectNode();
            put(json, "stage", stage);
            put(json, "reason", reason);
            put(json, "since", since);
            put(json, "until", until);
            if (from != null) {
                json.put("from", from);
            }
            if (to != null) {
                json.put("to", to);
            }
            return json;
        }

        private static void put(ObjectNode json, String name, @Nullable String value) {
            if (value != null) {
                json.put(name, value);
            }
        }
    }

    @Command(mixinStandardHelpOptions = true, description = "One line each, oldest first")
    void list(@Mixin Connection at, @Mixin Which which) throws IOException, InterruptedException {
        ObjectNode query = which.asJson();
        out().printf("%-10s %-8s %-15s %-24s %4s %s%n", "SEQUENCE", "STAGE", "REASON", "UTTERANCE", "TRY", "TIME");
        while (true) {
            JsonNode page = at.worker.get(PATH + "?limit=" + PAGE + asQuery(query));
            page.path("deadLetters")
                    .forEach(letter -> out().printf(
                                    "%-10d %-8s %-15s %-24s %4s %s%n",
                                    letter.path("sequence").asLong(),
                                    text(letter, "stage"),
                                    text(letter, "reason"),
                                    text(letter, "utteranceId"),
                                    text(letter, "deliveries"),
                                    text(letter, "time")));
            if (!page.path("next").isNumber()) {
                return;
            }
            query.put("from", page.path("next").asLong());
        }
    }

    @Command(mixinStandardHelpOptions = true, description = "All that is known of one, but not what was said")
    void show(@Mixin Connection at, @Parameters(paramLabel = "SEQUENCE") long sequence)
            throws IOException, InterruptedException {
        out().println(Worker.JSON
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(at.worker.get(PATH + "/" + sequence)));
    }

    @Command(mixinStandardHelpOptions = true, description = "Save what was said as a WAV file")
    void audio(
            @Mixin Connection at,
            @Parameters(paramLabel = "SEQUENCE") long sequence,
            @Option(
                            names = {"-o", "--output"},
                            required = true,
                            description = "A file that is not there yet")
                    Path output)
            throws IOException, InterruptedException {
        byte[] wav = at.worker.bytes(PATH + "/" + sequence + "/audio");
        Files.write(output, wav, StandardOpenOption.CREATE_NEW);
        out().println(output + ": " + wav.length + " bytes");
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Put back one (SEQUENCE), those that are meant, or all (--all)")
    int replay(
            @Mixin Connection at,
            @Mixin Which which,
            @Parameters(paramLabel = "SEQUENCE", arity = "0..1") @Nullable Long sequence,
            @Option(names = "--all", description = "All of them") boolean all,
            @Option(names = "--rate", defaultValue = "50", description = "Most in a second (default: 50)") int rate,
            @Option(names = "--dry-run", description = "Say which, and replay none") boolean dryRun)
            throws IOException, InterruptedException {
        ObjectNode request = which.asJson();
        if (sequence != null) {
            request.put("from", sequence).put("to", sequence);
        }
        if (request.isEmpty() && !all) {
            throw new June.Mistake("which? Name a SEQUENCE, a restriction such as --stage, or --all");
        }
        request.put("all", all).put("perSecond", rate).put("limit", PAGE).put("dryRun", dryRun);
        return replayAll(at.worker, request, dryRun);
    }

    private int replayAll(Worker worker, ObjectNode request, boolean dryRun) throws IOException, InterruptedException {
        long moved = 0;
        long left = 0;
        while (true) {
            JsonNode answer = worker.post(PATH + "/replay", request);
            for (JsonNode letter : answer.path("deadLetters")) {
                String outcome = text(letter, "outcome");
                boolean well = outcome.equals("replayed") || outcome.equals("would_replay");
                moved += well ? 1 : 0;
                left += outcome.equals("refused") ? 1 : 0;
                if (dryRun || !well) {
                    out().printf(
                                    "%d %s %s %s%n",
                                    letter.path("sequence").asLong(),
                                    text(letter, "utteranceId"),
                                    outcome,
                                    text(letter, "problem"));
                }
            }
            if (answer.path("stopped").isString()) {
                throw new June.Mistake(moved + " replayed, then: " + text(answer, "stopped") + ". Go on with --from "
                        + answer.path("next").asLong() + " --to "
                        + answer.path("to").asLong());
            }
            if (!answer.path("next").isNumber()) {
                break;
            }
            request.put("from", answer.path("next").asLong())
                    .put("to", answer.path("to").asLong());
        }
        out().printf("%d %s, %d refused%n", moved, dryRun ? "would be replayed" : "replayed", left);
        return left == 0 ? 0 : 1;
    }

    private static String asQuery(ObjectNode query) {
        StringBuilder text = new StringBuilder();
        query.properties()
                .forEach(each -> text.append('&')
                        .append(each.getKey())
                        .append('=')
                        .append(URLEncoder.encode(each.getValue().asString(), StandardCharsets.UTF_8)));
        return text.toString();
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
