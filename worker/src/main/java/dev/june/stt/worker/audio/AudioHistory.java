package dev.june.stt.worker.audio;

import static dev.june.stt.worker.audio.Pcm.SAMPLE_RATE_HZ;

/**
 * The audio of one track that is still in memory: a ring of the newest samples, addressed by their position in the track (0 is the
 * track's first sample). It grows from one second to its capacity only while an utterance is long. Touched by the owner of the
 * track alone.
 */
public final class AudioHistory {
    private final int capacity;
    private short[] ring = new short[SAMPLE_RATE_HZ];
    private long end;
    private long start;

    /** @param capacity samples kept at the most */
    public AudioHistory(int capacity) {
        this.capacity = capacity;
    }

    /** Position after the newest sample. */
    public long end() {
        return end;
    }

    /** Position of the oldest sample that is still here. */
    public long start() {
        return start;
    }

    public void append(short[] samples) {
        ensureRoom(samples.length);
        for (short sample : samples) {
            ring[(int) (end++ % ring.length)] = sample;
        }
        start = Math.max(start, end - ring.length);
    }

    /** Says that nothing before {@code position} is needed any more. */
    public void forgetBefore(long position) {
        start = Math.clamp(position, start, end);
        int smallest = SAMPLE_RATE_HZ;
        if (ring.length > 4 * smallest && end - start <= smallest) {
            resize(smallest);
        }
    }

    /**
     * Copies a stretch.
     *
     * @throws IllegalArgumentException if a part of it is not here
     */
    public short[] slice(long from, long to) {
        if (from < start || to > end || from > to) {
            throw new IllegalArgumentException(
                    "audio: expected a stretch inside " + start + " to " + end + ", got " + from + " to " + to);
        }
        short[] copy = new short[(int) (to - from)];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = ring[(int) ((from + i) % ring.length)];
        }
        return copy;
    }

    private void ensureRoom(int more) {
        long needed = end - start + more;
        if (needed > ring.length && ring.length < capacity) {
            resize((int) Math.min(capacity, Math.max(needed, 2L * ring.length)));
        }
    }

    private void resize(int size) {
        long kept = Math.min(end - start, size);
        short[] samples = slice(end - kept, end);
        short[] resized = new short[size];
        start = end - kept;
        ring = resized;
        for (int i = 0; i < samples.length; i++) {
            ring[(int) ((start + i) % size)] = samples[i];
        }
    }
}
