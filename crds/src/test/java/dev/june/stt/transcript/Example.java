package dev.june.stt.transcript;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The golden messages beside the schemas. A file's name up to the first dash is the kind of message. */
record Example(String name, String json) {
    static final Path SCHEMAS = Path.of("src/main/resources/schema");

    static List<Example> all() {
        try (Stream<Path> files = Files.list(SCHEMAS.resolve("examples"))) {
            return files.sorted().map(Example::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those that are CloudEvents: a dead letter is described by its headers. */
    static List<Example> events() {
        return all().stream()
                .filter(example -> !example.kind().equals("deadletter"))
                .toList();
    }

    String kind() {
        return name.replaceFirst("[-.].*", "");
    }

    Class<? extends Transcript> dataType() {
        return switch (kind()) {
            case "final" -> Transcript.Final.class;
            case "void" -> Transcript.Voided.class;
            case "partial" -> Transcript.Partial.class;
            default -> throw new IllegalStateException(name + ": no such kind of message");
        };
    }

    @Override
    public String toString() {
        return name;
    }

    private static Example read(Path file) {
        try {
            return new Example(file.getFileName().toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
