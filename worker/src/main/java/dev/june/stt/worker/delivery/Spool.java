package dev.june.stt.worker.delivery;

import static dev.june.stt.worker.delivery.SpoolSegment.HEAD;
import static dev.june.stt.worker.delivery.SpoolSegment.MAX_RECORD;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps records on the local disk until they are safe elsewhere: a log of {@link SpoolSegment}s. {@link #append} returns when the record
 * is on the disk; records that arrive together share one fsync. {@link #peek} gives the oldest, {@link #remove} says it is safe; a segment
 * is deleted when all its records are. After a crash what was appended and not removed comes again, in order; what was removed may come
 * again too, if the machine itself went down, so readers must stand repetition. A record that is damaged or was half written goes to
 * the {@link Quarantine}, and those behind it are given out. Any thread.
 */
final class Spool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Spool.class);
    private static final int SEGMENT_BYTES = 1 << 20;

    private final Path folder;
    private final long capacity;
    private final FileStore disk;
    private final Quarantine quarantine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition synced = lock.newCondition();
    private final Condition arrived = lock.newCondition();
    private final SpoolCursor cursor;
    private final Deque<SpoolSegment> segments = new ArrayDeque<>();
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long bytes;
    private long appended;
    private long durable;
    private boolean syncing;
    private boolean diskFails;
    private boolean closed;
    private long nextSegment;

    private static final class Entry {
        private final SpoolSegment segment;
        private final long position;
        private final int length;
        private final long number;

        /** The disk did not keep it. */
        private boolean lost;

        Entry(SpoolSegment segment, long position, int length, long number) {
            this.segment = segment;
            this.position = position;
            this.length = length;
            this.number = number;
        }
    }

    /**
     * @param capacity bytes of records that wait at the most
     * @throws UncheckedIOException if the folder cannot be used
     */
    Spool(Path folder, long capacity) {
        this.folder = folder;
        this.capacity = capacity;
        this.quarantine = new Quarantine(folder);
        try {
            Files.createDirectories(folder);
            disk = Files.getFileStore(folder);
            cursor = new SpoolCursor(folder);
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
        if (payload.length == 0 || payload.length > MAX_RECORD) {
            throw new IllegalArgumentException("record: expected 1 to " + MAX_RECORD + " bytes, got " + payload.length);
        }
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the spool is closed");
            }
            if (bytes + payload.length > capacity) {
                return false;
            }
            awaitSync(write(payload));
            diskFails = false;
            arrived.signalAll();
            return true;
        } catch (IOException e) {
            diskFails = true;
            SpoolSegment last = segments.peekLast();
            if (last != null && last.live == 0 && segments.remove(last)) {
                last.delete(); // what it takes on a full disk, the next attempt needs
            }
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private Entry write(byte[] payload) throws IOException {
        SpoolSegment segment = segmentFor(payload.length);
        long position = segment.size;
        segment.write(payload);
        segment.live++;
        bytes += payload.length;
        Entry entry = new Entry(segment, position, payload.length, ++appended);
        entries.addLast(entry);
        return entry;
    }

    /** The oldest record, once it is on the disk; empty when the spool is closed. Waits for one. */
    Optional<byte[]> peek() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                while (!closed && (entries.isEmpty() || entries.getFirst().number > durable)) {
                    arrived.await();
                }
                if (closed) {
                    return Optional.empty();
                }
                Optional<byte[]> payload = intact(entries.getFirst());
                if (payload.isPresent()) {
                    return payload;
                }
                remove();
            }
        } finally {
            lock.unlock();
        }
    }

    private Optional<byte[]> intact(Entry entry) {
        try {
            if (entry.segment.read(entry.position) instanceof SpoolSegment.Read.Intact(byte[] payload)) {
                return Optional.of(payload);
            }
        } catch (IOException e) {
            log.error("a spool record cannot be read", e);
        }
        quarantine.keep(
                entry.segment.nameOf(entry.position),
                entry.segment.raw(entry.position, HEAD + entry.length).orElse(new byte[0]),
                "it was damaged on the disk");
        return Optional.empty();
    }

    /** The record that {@link #peek} gave last cannot be appended, ever: it is kept for people to look at. {@link #remove} is next. */
    void setAside(byte[] payload, String reason) {
        lock.lock();
        try {
            Entry entry = entries.getFirst();
            quarantine.keep(entry.segment.nameOf(entry.position), payload, reason);
        } finally {
            lock.unlock();
        }
    }

    /** The record that {@link #peek} gave last is safe elsewhere. */
    void remove() {
        lock.lock();
        try {
            Entry entry = entries.removeFirst();
            SpoolSegment segment = entry.segment;
            bytes -= entry.length;
            segment.removed++;
            segment.live--;
            cursor.save(segment.number, segment.removed);
            boolean done = segment != segments.peekLast() || segment.size > SEGMENT_BYTES / 4;
            if (segment.live == 0 && done && segments.remove(segment)) {
                segment.delete();
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

    /** Records that were damaged or could not be appended, since this process started. */
    long quarantined() {
        return quarantine.count();
    }

    /** Share of the capacity that is taken, from 0 to 1. What the disk has no room for counts as taken; 1 while the disk refuses. */
    double fill() {
        lock.lock();
        try {
            if (diskFails) {
                return 1;
            }
            long free = Math.min(capacity - bytes, disk.getUsableSpace());
            return Math.clamp(1 - free / (double) capacity, 0, 1);
        } catch (IOException e) {
            return 1;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is left, or the time is up. */
    boolean awaitEmpty(Duration limit) throws InterruptedException {
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
            for (SpoolSegment segment : segments) {
                if (segment.live == 0) {
                    segment.delete();
                } else {
                    segment.close();
                }
            }
        } catch (IOException e) {
            log.warn("the spool could not be closed cleanly ({})", e.toString());
        } finally {
            lock.unlock();
        }
    }

    /**
     * One of the waiting threads syncs for all that have written by then. If that fails, what was written since the last sync is not to be
     * trusted, whatever a later sync says: all of them are told, and their segment is not used again.
     */
    private void awaitSync(Entry entry) throws IOException {
        while (durable < entry.number || entry.lost) {
            if (entry.lost) {
                throw new IOException("the disk did not keep what was written");
            }
            if (syncing) {
                synced.awaitUninterruptibly();
                continue;
            }
            syncing = true;
            long upTo = appended;
            SpoolSegment newest = segments.getLast(); // older ones were synced when they were full
            boolean kept = false;
            lock.unlock();
            try {
                newest.sync();
                kept = true;
            } finally {
                lock.lock();
                syncing = false;
                if (kept) {
                    durable = Math.max(durable, upTo);
                } else {
                    forget(upTo, newest);
                }
                synced.signalAll();
                arrived.signalAll();
            }
        }
    }

    /** Their writers write them again; after a crash they may come twice. */
    private void forget(long upTo, SpoolSegment segment) {
        segment.failed = true;
        entries.removeIf(entry -> {
            if (entry.number <= durable || entry.number > upTo) {
                return false;
            }
            entry.lost = true;
            bytes -= entry.length;
            entry.segment.live--;
            return true;
        });
    }

    private SpoolSegment segmentFor(int length) throws IOException {
        SpoolSegment last = segments.peekLast();
        if (last != null && !last.failed && last.size + HEAD + length <= SEGMENT_BYTES) {
            return last;
        }
        if (last != null && !last.failed) {
            try {
                last.sync(); // whoever waits for a record in it syncs the new segment
            } catch (IOException e) {
                forget(appended, last);
                synced.signalAll();
                throw e;
            }
        }
        SpoolSegment fresh = new SpoolSegment(folder, nextSegment++);
        segments.addLast(fresh);
        if (last != null && last.live == 0 && segments.remove(last)) {
            last.delete();
        }
        return fresh;
    }

    private void recover() throws IOException {
        for (long number : SpoolSegment.numbersIn(folder)) {
            nextSegment = number + 1;
            SpoolSegment segment = new SpoolSegment(folder, number);
            recover(segment, cursor.removedOf(number));
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

    /** Takes up the records of a segment, without those that were removed. */
    private void recover(SpoolSegment segment, int removed) throws IOException {
        long length = segment.length();
        long position = 0;
        while (position < length) {
            switch (segment.read(position)) {
                case SpoolSegment.Read.Intact(byte[] payload) -> {
                    take(new Entry(segment, position, payload.length, appended + 1), removed);
                    position += HEAD + payload.length;
                }
                case SpoolSegment.Read.Damaged(int record)
                when record > 0 -> {
                    take(new Entry(segment, position, record, appended + 1), removed); // peek() sets it aside
                    position += HEAD + record;
                }
                case SpoolSegment.Read.Damaged _ -> {
                    quarantine.keep(
                            segment.nameOf(position),
                            segment.raw(position, length - position).orElse(new byte[0]),
                            "the end of a segment is damaged or was not written");
                    length = position;
                }
            }
        }
        if (length < segment.length()) {
            segment.truncate(length);
        }
        segment.size = length;
    }

    private void take(Entry entry, int removed) {
        if (entry.segment.removed < removed) {
            entry.segment.removed++;
        } else {
            appended++;
            entries.addLast(entry);
            entry.segment.live++;
            bytes += entry.length;
        }
    }
}
