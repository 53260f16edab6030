package dev.june.stt.worker.delivery;

import dev.june.stt.worker.delivery.UtteranceCodec.MalformedUtterance;
import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Lossless compression of speech, so that the longest utterance stays well below a NATS server's {@code max_payload} of 1 MiB: each
 * sample as its difference from a linear prediction, high and low bytes apart, then Deflate. About 60 % of the size for speech, a few
 * milliseconds for ten seconds; never larger than raw by more than Deflate's few bytes.
 */
final class AudioCodec {
    private AudioCodec() {}

    static byte[] compress(short[] samples) {
        byte[] planes = new byte[samples.length * 2];
        int previous = 0;
        int beforeThat = 0;
        for (int i = 0; i < samples.length; i++) {
            int zigzag = zigzag((short) (samples[i] - predict(previous, beforeThat)));
            planes[i] = (byte) (zigzag >> 8);
            planes[samples.length + i] = (byte) zigzag;
            beforeThat = previous;
            previous = samples[i];
        }
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try {
            deflater.setStrategy(Deflater.HUFFMAN_ONLY);
            deflater.setInput(planes);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(samples.length + 64);
            byte[] block = new byte[16 * 1024];
            while (!deflater.finished()) {
                out.write(block, 0, deflater.deflate(block));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    static short[] decompress(byte[] compressed, int count) {
        byte[] planes = new byte[count * 2];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(compressed);
            int length = 0;
            while (length < planes.length) {
                int read = inflater.inflate(planes, length, planes.length - length);
                if (read == 0) {
                    throw new MalformedUtterance("audio: expected " + count + " samples, got " + length / 2);
                }
                length += read;
            }
        } catch (DataFormatException e) {
            throw new MalformedUtterance("audio: not compressed as expected (" + e.getMessage() + ")");
        } finally {
            inflater.end();
        }
        short[] samples = new short[count];
        int previous = 0;
        int beforeThat = 0;
        for (int i = 0; i < count; i++) {
            int zigzag = (planes[i] & 0xff) << 8 | planes[count + i] & 0xff;
            samples[i] = (short) (unzigzag(zigzag) + predict(previous, beforeThat));
            beforeThat = previous;
            previous = samples[i];
        }
        return samples;
    }

    /** The straight line through the last two samples; differences wrap around in 16 bits, so nothing is lost. */
    private static int predict(int previous, int beforeThat) {
        return 2 * previous - beforeThat;
    }

    private static int zigzag(short difference) {
        return (difference << 1 ^ difference >> 15) & 0xffff;
    }

    private static int unzigzag(int zigzag) {
        return zigzag >>> 1 ^ -(zigzag & 1);
    }
}
