package dev.june.stt.worker.delivery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file of a {@link Spool}: records of length (32 bits), CRC-32C of the payload (32 bits), payload. Not safe for threads: the spool's
 * lock is held, but for {@link #sync}.
 */
final class SpoolSegment {
    private static final String SUFFIX = ".spool";
    static final int HEAD = 8;
    static final int MAX_RECORD = 16 << 20;

    private static final Logger log = LoggerFactory.getLogger(SpoolSegment.class);

    final long number;
    private final Path file;
    private final FileChannel channel;

    /** Where the next record goes. */
    long size;

    /** Records in it that wait. */
    int live;

    /** Records in it that are safe elsewhere. */
    int removed;

    /** The disk did not keep what was written: nothing more is written here. */
    boolean failed;

    SpoolSegment(Path folder, long number) throws IOException {
        this.number = number;
        this.file = folder.resolve("%016d".formatted(number) + SUFFIX);
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** The numbers of the segments in a folder, oldest first. */
    static List<Long> numbersIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> Long.parseLong(name.substring(0, name.length() - SUFFIX.length())))
                    .sorted()
                    .toList();
        }
    }

    /** Names what lies at a position, within the folder. */
    String nameOf(long position) {
        return "%016d-%d".formatted(number, position);
    }

    void write(byte[] payload) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(HEAD + payload.length)
                .putInt(payload.length)
                .putInt(crc(payload))
                .put(payload)
                .flip();
        long position = size;
        try {
            while (record.hasRemaining()) {
                position += channel.write(record, position);
            }
        } catch (IOException e) {
            channel.truncate(size); // what was written of it must not be taken for a record
            throw e;
        }
        size = position;
    }

    /** What lies at a position of the file. */
    sealed interface Read {
        record Intact(byte[] payload) implements Read {}

        /**
         * Bytes that are not what was written. {@code length}: of the record, or 0 if even that is not to be known, as of one that was not
         * written to its end.
         */
        record Damaged(int length) implements Read {}
    }

    Read read(long position) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD);
        if (!fill(head, position)) {
            return new Read.Damaged(0);
        }
        int length = head.getInt(0);
        if (length <= 0 || length > MAX_RECORD || position + HEAD + length > length()) {
            return new Read.Damaged(0);
        }
        ByteBuffer payload = ByteBuffer.allocate(length);
        if (!fill(payload, position + HEAD)) {
            return new Read.Damaged(0);
        }
        return crc(payload.array()) == head.getInt(4) ? new Read.Intact(payload.array()) : new Read.Damaged(length);
    }

    /** Bytes as they are, for the quarantine; empty if the disk does not give them. */
    Optional<byte[]> raw(long position, long count) {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(count, MAX_RECORD));
        try {
            fill(bytes, position);
            return Optional.of(bytes.flip().hasRemaining() ? copyOf(bytes) : new byte[0]);
        } catch (IOException e) {
            log.warn("a damaged spool record cannot be read at all ({})", e.toString());
            return Optional.empty();
        }
    }

    long length() throws IOException {
        return channel.size();
    }

    void truncate(long length) throws IOException {
        channel.truncate(length);
    }

    void sync() throws IOException {
        channel.force(false);
    }

    /** If the file cannot be deleted it is read again at the next start, which is harmless. */
    void delete() {
        close();
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("a spool segment could not be deleted ({})", e.toString());
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("a spool segment could not be closed ({})", e.toString());
        }
    }

    private boolean fill(ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] copyOf(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(copy);
        return copy;
    }

    private static int crc(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return (int) crc.getValue();
    }
}
