package dev.june.stt.cli;

import dev.june.stt.streams.NatsRole;
import dev.june.stt.transcript.Subjects;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints what the users of a pipeline may do in NATS, for the server's configuration. No server is asked. */
@Command(
        name = "nats-users",
        mixinStandardHelpOptions = true,
        description = "Print the NATS users of a pipeline, operator, worker and reader, with the narrowest rights")
final class NatsUsersCommand implements Callable<Integer> {
    private static final String NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

    @Spec
    private CommandSpec spec;

    @Option(names = "--namespace", required = true, description = "The pipeline's namespace")
    private String namespace;

    @Option(names = "--pipeline", required = true, description = "The pipeline's name")
    private String pipeline;

    @Option(names = "--consumer", description = "A durable consumer that the reader may pull from; may be repeated")
    private List<String> consumers = List.of();

    @SuppressWarnings("NullAway.Init") // picocli sets them before a command runs
    NatsUsersCommand() {}

    @Override
    public Integer call() {
        if (!namespace.matches(NAME) || !pipeline.matches(NAME)) {
            throw new June.Mistake("--namespace and --pipeline: expected names as Kubernetes has them, got " + namespace
                    + " and " + pipeline);
        }
        for (String consumer : consumers) {
            if (!consumer.matches("[A-Za-z0-9_-]{1,100}")) {
                throw new June.Mistake("--consumer: expected letters, digits, - and _, got " + consumer);
            }
        }
        Subjects subjects = new Subjects(namespace, pipeline);
        List<NatsRole> roles =
                List.of(NatsRole.operator(subjects), NatsRole.worker(subjects), NatsRole.reader(subjects, consumers));
        var out = spec.commandLine().getOut();
        out.println("# Passwords from the server's environment: "
                + String.join(
                        ", ", roles.stream().map(NatsRole::passwordVariable).toList()));
        out.print(NatsRole.authorization(roles));
        out.flush();
        return 0;
    }
}
