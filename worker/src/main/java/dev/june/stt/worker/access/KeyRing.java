package dev.june.stt.worker.access;

import dev.june.stt.access.ApiKey;
import dev.june.stt.access.ApiKeyRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The API key records of a Secret at one moment: a file for each client with one or two records, and the pepper. What cannot be read, is
 * malformed or is ambiguous opens nothing and is a problem to be told. Immutable.
 *
 * @param problems sentences for the person who made the Secret; nothing secret is in them
 */
record KeyRing(byte[] pepper, Map<String, Entry> entries, List<String> problems) {
    /** Two, so that a new key can be handed out before the old one ends. */
    private static final int MAX_RECORDS = 2;

    /** Compared with when there is no such key, so that the answer takes as long. */
    private static final byte[] NO_HASH = new byte[32];

    /** A record and the client that it belongs to. */
    record Entry(String client, ApiKeyRecord record) {}

    KeyRing {
        entries = Map.copyOf(entries);
        problems = List.copyOf(problems);
    }

    /** Reads the folder; a folder that is not there has no keys. */
    static KeyRing read(Path folder) {
        Reading reading = new Reading();
        try {
            Map<String, String> files = files(folder);
            for (Map.Entry<String, String> file : files.entrySet()) {
                reading.accept(file.getKey(), file.getValue());
            }
            return reading.result();
        } catch (IOException e) {
            return closed(folder + ": cannot be read (" + e + ")");
        }
    }

    private static KeyRing closed(String problem) {
        return new KeyRing(NO_HASH, Map.of(), List.of(problem));
    }

    /** Who shows this key, if it is good at that moment. Takes as long for an unknown key as for a known one. */
    Optional<Entry> find(ApiKey key, Instant now) {
        Entry entry = entries.get(key.id());
        boolean same = MessageDigest.isEqual(
                key.hash(pepper), entry == null ? NO_HASH : entry.record().hashBytes());
        return entry != null && same && now.isBefore(entry.record().expires()) ? Optional.of(entry) : Optional.empty();
    }

    private static Map<String, String> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Map.of();
        }
        Map<String, String> files = new HashMap<>();
        try (Stream<Path> names = Files.list(folder)) {
            for (Path file : names.toList()) {
                String name = file.getFileName().toString();
                // A mounted Secret has its versions in folders that begin with two dots.
                if (!name.startsWith("..") && Files.isRegularFile(file)) {
                    files.put(name, Files.readString(file));
                }
            }
        }
        return files;
    }

    /** What is being read; one thread. */
    private static final class Reading {
        private final Map<String, Entry> entries = new HashMap<>();
        private final Set<String> ambiguous = new HashSet<>();
        private final List<String> problems = new ArrayList<>();
        private byte[] pepper = {};

        void accept(String name, String text) {
            try {
                if (name.equals(ApiKeyRecord.PEPPER)) {
                    pepper = ApiKeyRecord.parsePepper(text);
                } else {
                    List<ApiKeyRecord> records = text.lines()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .map(ApiKeyRecord::parse)
                            .toList();
                    if (records.isEmpty() || records.size() > MAX_RECORDS) {
                        throw new IllegalArgumentException("expected one or two records, got " + records.size()
                                + "; remove those that are expired");
                    }
                    records.forEach(record -> add(new Entry(name, record)));
                }
            } catch (IllegalArgumentException e) {
                problems.add("access Secret, entry " + name + ": " + e.getMessage());
            }
        }

        private void add(Entry entry) {
            if (entries.putIfAbsent(entry.record().id(), entry) != null) {
                ambiguous.add(entry.record().id());
            }
        }

        KeyRing result() {
            for (String id : ambiguous) {
                entries.remove(id);
                problems.add("access Secret: the id " + id + " stands in two records; neither is accepted");
            }
            if (pepper.length == 0 && !entries.isEmpty()) {
                problems.add("access Secret: no entry pepper that can be used, so no key is accepted");
                return new KeyRing(NO_HASH, Map.of(), problems);
            }
            return new KeyRing(pepper.length == 0 ? NO_HASH : pepper, entries, problems);
        }
    }
}
