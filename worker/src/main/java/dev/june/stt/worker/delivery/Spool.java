package dev.june.stt.worker.delivery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps records on the local disk until they are safe elsewhere: a log of segment files. {@link #append} returns when the record is on
 * the disk; records that arrive together share one fsync. {@link #peek} gives the oldest, {@link #remove} says it is safe; a segment is
 * deleted when all its records are. After a crash what was appended and not removed comes again, in order; what was removed may come again
 * too, if the machine itself went down, so readers must stand repetition. A record that was half written is cut off. Any thread.
 *
 * <p>A segment: records of length (32 bits), CRC-32C of the payload (32 bits), payload. The cursor: number of the segment that is being read
 * (64 bits), records of it that were removed (32 bits); written without fsync.
 */
final class Spool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Spool.class);
    private static final int HEAD = 8;
    private static final int CURSOR = 12;
    private static final String SUFFIX = ".spool";
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int MAX_RECORD = 16 << 20;

    private final Path folder;
    private final long capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition synced = lock.newCondition();
    private final Condition arrived = lock.newCondition();
    private final FileChannel cursor;
    private final Deque<Segment> segments = new ArrayDeque<>();
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long bytes;
    private long appended;
    private long durable;
    private boolean syncing;
    private boolean closed;
    private long nextSegment;

    /**
     * @param capacity bytes of records that wait at the most
     * @throws UncheckedIOException if the folder cannot be used
     */
    Spool(Path folder, long capacity) {
        this.folder = folder;
        this.capacity = capacity;
        try {
            Files.createDirectories(folder);
            cursor = FileChannel.open(
                    folder.resolve("cursor"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            recover();
        } catch (IOException e) {
            throw new UncheckedIOException("the spool " + folder + " cannot be used", e);
        }
    }

    /**
     * Stores a record; returns when it is on the disk.
     *
     * @return false if the spool is full: nothing was stored
     * @throws IOException if the disk refuses; the record may or may not come again after a crash
     */
    boolean append(byte[] payload) throws IOException {
        if (payload.length > MAX_RECORD) {
            throw new IllegalArgumentException(
                    "record: expected at most " + MAX_RECORD + " bytes, got " + payload.length);
        }
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the spool is closed");
            }
            if (bytes + payload.length > capacity) {
                return false;
            }
            Segment segment = segmentFor(payload.length);
            long position = segment.size;
            segment.write(payload);
            segment.live++;
            bytes += payload.length;
            long number = ++appended;
            entries.addLast(new Entry(segment, position + HEAD, payload.length, number));
            awaitSync(number);
            arrived.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The oldest record, once it is on the disk; empty when the spool is closed. Waits for one. */
    Optional<byte[]> peek() throws InterruptedException, IOException {
        lock.lock();
        try {
            while (!closed && (entries.isEmpty() || entries.getFirst().number > durable)) {
                arrived.await();
            }
            return closed ? Optional.empty() : Optional.of(entries.getFirst().read());
        } finally {
            lock.unlock();
        }
    }

    /** The record that {@link #peek} gave last is safe elsewhere. */
    void remove() throws IOException {
        lock.lock();
        try {
            Entry entry = entries.removeFirst();
            bytes -= entry.length;
            entry.segment.removed++;
            cursor.write(
                    ByteBuffer.allocate(CURSOR)
                            .putLong(entry.segment.number)
                            .putInt(entry.segment.removed)
                            .flip(),
                    0);
            if (--entry.segment.live == 0 && entry.segment != segments.peekLast()) {
                segments.remove(entry.segment);
                entry.segment.delete();
            } else if (entry.segment.live == 0 && entry.segment.size > SEGMENT_BYTES / 4) {
                segments.remove(entry.segment);
                entry.segment.delete();
            }
            synced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Records that wait. */
    int depth() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Share of the capacity that is taken, from 0 to 1. */
    double fill() {
        return bytes() / (double) capacity;
    }

    /** Waits until nothing is left, or the time is up. */
    boolean awaitEmpty(java.time.Duration limit) throws InterruptedException {
        long nanos = limit.toNanos();
        lock.lock();
        try {
            while (!entries.isEmpty() && nanos > 0) {
                nanos = synced.awaitNanos(nanos);
            }
            return entries.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
            cursor.close();
            for (Segment segment : segments) {
                segment.closeQuietly();
                if (segment.live == 0) {
                    Files.deleteIfExists(segment.file);
                }
            }
        } catch (IOException e) {
            log.warn("the spool could not be closed cleanly ({})", e.toString());
        } finally {
            lock.unlock();
        }
    }

    /** One of the waiting threads syncs for all that have written by then. */
    private void awaitSync(long number) throws IOException {
        while (durable < number) {
            if (syncing) {
                synced.awaitUninterruptibly();
                continue;
            }
            syncing = true;
            long upTo = appended;
            Segment newest = segments.getLast(); // older ones were synced when they were full
            lock.unlock();
            try {
                newest.channel.force(false);
            } finally {
                lock.lock();
                syncing = false;
                synced.signalAll();
            }
            durable = Math.max(durable, upTo);
        }
    }

    private Segment segmentFor(int length) throws IOException {
        Segment last = segments.peekLast();
        if (last != null && last.size + HEAD + length <= SEGMENT_BYTES) {
            return last;
        }
        if (last != null) {
            last.channel.force(false); // whoever waits for a record in it syncs the new segment
        }
        Segment fresh = new Segment(folder, nextSegment++);
        segments.addLast(fresh);
        return fresh;
    }

    private void recover() throws IOException {
        ByteBuffer read = ByteBuffer.allocate(CURSOR);
        boolean known = cursor.read(read, 0) == CURSOR;
        long readSegment = known ? read.getLong(0) : -1;
        int readRecords = known ? read.getInt(8) : 0;
        for (long number : segmentNumbers()) {
            nextSegment = number + 1;
            Segment segment = new Segment(folder, number);
            recover(segment, number < readSegment ? Integer.MAX_VALUE : number == readSegment ? readRecords : 0);
            if (segment.live == 0) {
                segment.delete();
            } else {
                segments.addLast(segment);
            }
        }
        durable = appended;
        if (!entries.isEmpty()) {
            log.info("the spool holds records of an earlier run: {}", entries.size());
        }
    }

    /** Takes up the records of a segment, without those that were removed, and cuts off what was not written to its end. */
    private void recover(Segment segment, int removed) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD);
        long position = 0;
        while (segment.channel.read(head.clear(), position) == HEAD) {
            int length = head.getInt(0);
            if (length < 0 || length > MAX_RECORD || position + HEAD + length > segment.channel.size()) {
                break;
            }
            Entry entry = new Entry(segment, position + HEAD, length, appended + 1);
            if (crc(entry.read()) != head.getInt(4)) {
                break;
            }
            if (segment.removed < removed) {
                segment.removed++;
            } else {
                appended++;
                entries.addLast(entry);
                segment.live++;
                bytes += length;
            }
            position += HEAD + length;
        }
        if (position < segment.channel.size()) {
            log.warn(
                    "a spool segment ended in a half-written record, which is cut off: {} bytes",
                    segment.channel.size() - position);
            segment.channel.truncate(position);
        }
        segment.size = position;
    }

    private List<Long> segmentNumbers() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> Long.parseLong(name.substring(0, name.length() - SUFFIX.length())))
                    .sorted()
                    .toList();
        }
    }

    private static int crc(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return (int) crc.getValue();
    }

    private record Entry(Segment segment, long position, int length, long number) {
        byte[] read() throws IOException {
            ByteBuffer payload = ByteBuffer.allocate(length);
            while (payload.hasRemaining()) {
                if (segment.channel.read(payload, position + payload.position()) < 0) {
                    throw new IOException("a spool record is shorter than it was");
                }
            }
            return payload.array();
        }
    }

    private static final class Segment {
        private final long number;
        private final Path file;
        private final FileChannel channel;
        private long size;
        private int live;
        private int removed;

        Segment(Path folder, long number) throws IOException {
            this.number = number;
            this.file = folder.resolve("%016d".formatted(number) + SUFFIX);
            this.channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        void write(byte[] payload) throws IOException {
            ByteBuffer record = ByteBuffer.allocate(HEAD + payload.length)
                    .putInt(payload.length)
                    .putInt(crc(payload))
                    .put(payload)
                    .flip();
            long position = size;
            while (record.hasRemaining()) {
                position += channel.write(record, position);
            }
            size = position;
        }

        void delete() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }

        void closeQuietly() {
            try {
                channel.close();
            } catch (IOException e) {
                log.warn("a spool segment could not be closed ({})", e.toString());
            }
        }
    }
}
