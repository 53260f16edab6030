package dev.june.stt.streams;

import dev.june.stt.transcript.Keys;
import dev.june.stt.transcript.Subjects;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a NATS user of one pipeline may do, and nothing else: the subjects that it publishes and subscribes to. JetStream's interface is
 * subjects too. Pure; {@code june nats-users} prints it and the chart's NATS server uses it.
 *
 * @param name of the user: the role, the namespace and the pipeline, with dots between them
 */
public record NatsRole(String name, List<String> publish, List<String> subscribe) {
    private static final String API = "$JS.API.";

    public NatsRole {
        publish = List.copyOf(publish);
        subscribe = List.copyOf(subscribe);
    }

    /** Makes and changes the streams, consumers and bucket, and writes the configuration. Publishes no utterance and no transcript. */
    public static NatsRole operator(Subjects subjects) {
        List<String> publish = new ArrayList<>();
        for (String stream : streams(subjects)) {
            publish.addAll(api("STREAM.", List.of("INFO", "CREATE", "UPDATE", "DELETE"), stream));
        }
        Stream.of(
                        stored(subjects.utterancesStream(), subjects.decoders()),
                        stored(subjects.transcriptsStream(), subjects.webhook()),
                        stored(subjects.retryStream(), subjects.webhook()))
                .forEach(consumer -> {
                    publish.addAll(api("CONSUMER.", List.of("INFO", "CREATE", "DELETE"), consumer));
                    publish.add(API + "CONSUMER.CREATE." + consumer + ".>"); // with a filter
                });
        publish.addAll(bucketReads(subjects));
        publish.add(key(subjects, Keys.CONFIG));
        return new NatsRole(user("operator", subjects), publish, List.of(Subjects.OPERATOR_INBOX + ".>"));
    }

    /** Appends, decodes, stores and delivers. Neither makes nor deletes a stream, and does not write the configuration. */
    public static NatsRole worker(Subjects subjects) {
        List<String> publish = new ArrayList<>(List.of(
                subjects.utterances(),
                subjects.finals(),
                subjects.voids(),
                subjects.partials(),
                subjects.deadLetters(),
                subjects.retries(),
                subjects.dueRetries(),
                subjects.keptTraces()));
        for (String stream : streams(subjects)) {
            publish.add(API + "STREAM.INFO." + stream);
        }
        publish.addAll(reads(subjects.transcriptsStream()));
        publish.addAll(reading(subjects.utterancesStream(), subjects.decoders()));
        publish.addAll(reading(subjects.transcriptsStream(), subjects.webhook()));
        publish.addAll(reading(subjects.retryStream(), subjects.webhook()));
        String dead = subjects.deadLettersStream();
        publish.addAll(reads(dead));
        publish.add(API + "STREAM.MSG.DELETE." + dead);
        publish.add(
                API + "CONSUMER.CREATE." + dead + ".>"); // a page of the list of dead letters has a cursor of its own
        publish.addAll(api("CONSUMER.", List.of("INFO", "MSG.NEXT", "DELETE"), dead + ".*"));
        publish.addAll(bucketReads(subjects));
        Keys.WRITTEN_BY_WORKERS.forEach(key -> publish.add(key(subjects, key)));
        return new NatsRole(
                user("worker", subjects), publish, List.of(subjects.inbox("worker") + ".>", subjects.keptTraces()));
    }

    /**
     * Reads transcripts: as they come, by sequence or subject, and through consumers that somebody with more rights has made. May not make
     * any: a consumer can be told to publish what it reads wherever its maker likes.
     *
     * @param consumers durable consumers of the TRANSCRIPTS stream
     */
    public static NatsRole reader(Subjects subjects, List<String> consumers) {
        String stream = subjects.transcriptsStream();
        List<String> publish = new ArrayList<>();
        publish.add(API + "STREAM.INFO." + stream);
        publish.addAll(reads(stream));
        consumers.forEach(consumer -> publish.addAll(reading(stream, consumer)));
        return new NatsRole(
                user("reader", subjects),
                publish,
                List.of(subjects.finals(), subjects.voids(), subjects.partials(), subjects.inbox("reader") + ".>"));
    }

    /** The variable of the server's environment with the user's password: {@code WORKER__TEAM_A__MEETINGS_PASSWORD}. */
    public String passwordVariable() {
        return name.replace(".", "__").replace('-', '_').toUpperCase(Locale.ROOT) + "_PASSWORD";
    }

    /** An {@code authorization} block for a server's configuration. */
    public static String authorization(List<NatsRole> roles) {
        return "authorization {\n  users: [\n" + users(roles) + "  ]\n}\n";
    }

    /** What stands between the brackets of the block. */
    public static String users(List<NatsRole> roles) {
        return roles.stream().map(role -> role.entry() + "\n").collect(Collectors.joining());
    }

    private String entry() {
        return """
                    {
                      user: "%s"
                      password: $%s
                      permissions: {
                        publish: {allow: [
                %s
                        ]}
                        subscribe: {allow: [
                %s
                        ]}
                      }
                    }""".formatted(name, passwordVariable(), lines(publish), lines(subscribe));
    }

    private static String lines(List<String> subjects) {
        return subjects.stream().map(subject -> "          \"" + subject + "\"").collect(Collectors.joining("\n"));
    }

    private static String user(String role, Subjects subjects) {
        return role + "." + subjects.namespace() + "." + subjects.pipeline();
    }

    private static List<String> streams(Subjects subjects) {
        return List.of(
                subjects.utterancesStream(),
                subjects.transcriptsStream(),
                subjects.deadLettersStream(),
                subjects.retryStream(),
                "KV_" + subjects.bucket());
    }

    private static String stored(String stream, String consumer) {
        return stream + "." + consumer;
    }

    private static List<String> api(String kind, List<String> verbs, String what) {
        return verbs.stream().map(verb -> API + kind + verb + "." + what).toList();
    }

    /** Single messages: by subject or sequence, from the leader or from any copy. */
    private static List<String> reads(String stream) {
        return List.of(
                API + "STREAM.MSG.GET." + stream, API + "DIRECT.GET." + stream, API + "DIRECT.GET." + stream + ".>");
    }

    /** Pulling from a consumer and answering, in both forms of an ack's subject. */
    private static List<String> reading(String stream, String consumer) {
        return List.of(
                API + "CONSUMER.INFO." + stream + "." + consumer,
                API + "CONSUMER.MSG.NEXT." + stream + "." + consumer,
                "$JS.ACK." + stream + "." + consumer + ".>",
                "$JS.ACK.*.*." + stream + "." + consumer + ".>");
    }

    private static List<String> bucketReads(Subjects subjects) {
        return reads("KV_" + subjects.bucket());
    }

    private static String key(Subjects subjects, String key) {
        return "$KV." + subjects.bucket() + "." + key;
    }
}
