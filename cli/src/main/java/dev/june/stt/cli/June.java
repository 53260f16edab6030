package dev.june.stt.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code june}. A mistake or a refusal is one sentence and the exit status 1, a wrong option 2. */
@Command(
        name = "june",
        mixinStandardHelpOptions = true,
        version = "0.1.0",
        description = "Keys, NATS users and dead letters of June STT",
        subcommands = {KeysCommand.class, DeadLettersCommand.class, NatsUsersCommand.class})
public final class June {
    private June() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new June()).setExecutionExceptionHandler((problem, command, _) -> {
            String sentence = switch (problem) {
                case Mistake mistake -> String.valueOf(mistake.getMessage());
                case FileAlreadyExistsException there -> there.getFile() + " is there already";
                case IOException failed -> String.valueOf(failed);
                default -> throw problem;
            };
            command.getErr().println(sentence);
            return 1;
        });
    }

    /** What the user can mend; the message says how. */
    static final class Mistake extends RuntimeException {
        Mistake(String message) {
            super(message);
        }
    }
}
