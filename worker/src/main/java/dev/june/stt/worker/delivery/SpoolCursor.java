package dev.june.stt.worker.delivery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a spool was read: number of the segment (64 bits), records of it that were removed (32 bits). Written without fsync, in place.
 * Without it records come again after a crash, which is harmless: so a disk that refuses stops nothing here.
 */
final class SpoolCursor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SpoolCursor.class);
    private static final int BYTES = 12;

    private final FileChannel channel;
    private final long segment;
    private final int removed;

    SpoolCursor(Path folder) throws IOException {
        channel = FileChannel.open(
                folder.resolve("cursor"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        ByteBuffer read = ByteBuffer.allocate(BYTES);
        boolean known = channel.read(read, 0) == BYTES;
        segment = known ? read.getLong(0) : -1;
        removed = known ? read.getInt(8) : 0;
        if (!known) {
            save(segment, removed); // takes its place on the disk before that can be full
        }
    }

    /** Records of a segment that had been removed when this process started. */
    int removedOf(long number) {
        return number < segment ? Integer.MAX_VALUE : number == segment ? removed : 0;
    }

    void save(long number, int records) {
        try {
            channel.write(
                    ByteBuffer.allocate(BYTES).putLong(number).putInt(records).flip(), 0);
        } catch (IOException e) {
            log.warn("a spool's cursor is not written; records may come again after a crash ({})", e.toString());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
