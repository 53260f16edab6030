package dev.june.stt.cli;

import dev.june.stt.access.ApiKey;
import dev.june.stt.access.ApiKeyRecord;
import dev.june.stt.access.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes API keys. No server is asked: what it prints has to be put into the Secret. */
@Command(name = "keys", mixinStandardHelpOptions = true, description = "Make API keys")
final class KeysCommand {
    private static final SecureRandom RANDOM = new SecureRandom();

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets it before a command runs
    KeysCommand() {}

    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description = "Make a key: shown once, and the record of it for the Secret")
    void create(
            @Option(names = "--client", required = true, description = "Who gets it; the Secret's entry") String client,
            @Option(
                            names = "--scopes",
                            required = true,
                            split = ",",
                            description =
                                    "What it opens: deadletters:read, deadletters:audio, deadletters:replay, status:read")
                    List<String> scopes,
            @Option(names = "--days", defaultValue = "365", description = "How long it is good (default: 365)")
                    int days,
            @Option(
                            names = "--pepper-file",
                            required = true,
                            description =
                                    "The Secret's pepper; made if it is not there. All keys of a Secret have the same")
                    Path pepperFile)
            throws IOException {
        if (!client.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,99}") || client.equals(ApiKeyRecord.PEPPER)) {
            throw new June.Mistake("--client: expected letters, digits, - and _, and not pepper, got " + client);
        }
        if (days < 1 || days > 3_650) {
            throw new June.Mistake("--days: expected 1 to 3650, got " + days);
        }
        Set<Scope> known = EnumSet.noneOf(Scope.class);
        for (String scope : scopes) {
            known.add(Scope.of(scope)
                    .orElseThrow(
                            () -> new June.Mistake("--scopes: expected some of " + Scope.list() + ", got " + scope)));
        }
        byte[] pepper = pepper(pepperFile);
        ApiKey key = ApiKey.random(RANDOM);
        Instant expires = Instant.now().plus(Duration.ofDays(days)).truncatedTo(ChronoUnit.SECONDS);
        var out = spec.commandLine().getOut();
        out.println("The key of " + client + ", shown this once:");
        out.println(key.token());
        out.println();
        out.println("A line for the entry " + client + " of the Secret, beside the entry pepper with what is in "
                + pepperFile + ":");
        out.println(ApiKeyRecord.of(key, pepper, known, expires).line());
    }

    private static byte[] pepper(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] fresh = new byte[ApiKey.PEPPER_BYTES];
            RANDOM.nextBytes(fresh);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, Base64.getEncoder().encodeToString(fresh));
        }
        try {
            return ApiKeyRecord.parsePepper(Files.readString(file));
        } catch (IllegalArgumentException e) {
            throw new June.Mistake(file + ": " + e.getMessage());
        }
    }
}
