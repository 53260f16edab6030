package dev.june.stt.worker.recognition.whisper;

import dev.june.stt.worker.recognition.whisper.ModelException.ModelTruncated;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelUnreadable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a ggml model file says about itself. {@link #check} walks over the file from tensor to tensor without reading the weights: the
 * library itself takes a file that was cut inside its last tensor, and computes with what happens to be in memory.
 *
 * @param vocabulary number of tokens; 51864 or fewer understand English only
 * @param melBands 80, or 128 for large-v3
 * @param tensors how many weights it holds
 */
record GgmlFile(int vocabulary, int audioLayers, int textLayers, int melBands, int tensors) {
    private static final int MAGIC = 0x67676d6c;
    private static final int HYPERPARAMETERS = 11;
    private static final int LARGEST_COUNT = 1 << 20;

    /** The tokens of a multilingual model that are no languages: text, times and what is left. */
    private static final int TOKENS_BESIDE_LANGUAGES = 51766;

    /** By ggml's number of a tensor type: how many weights share a block, and the bytes of a block. */
    private static final Map<Integer, Block> BLOCKS = Map.ofEntries(
            Map.entry(0, new Block("f32", 1, 4)),
            Map.entry(1, new Block("f16", 1, 2)),
            Map.entry(2, new Block("q4_0", 32, 18)),
            Map.entry(3, new Block("q4_1", 32, 20)),
            Map.entry(6, new Block("q5_0", 32, 22)),
            Map.entry(7, new Block("q5_1", 32, 24)),
            Map.entry(8, new Block("q8_0", 32, 34)),
            Map.entry(10, new Block("q2_K", 256, 84)),
            Map.entry(11, new Block("q3_K", 256, 110)),
            Map.entry(12, new Block("q4_K", 256, 144)),
            Map.entry(13, new Block("q5_K", 256, 176)),
            Map.entry(14, new Block("q6_K", 256, 210)));

    private record Block(String name, int weights, int bytes) {}

    /** 0 if it understands English only: 98 languages would be fewer than any multilingual model has. */
    int languages() {
        int languages = vocabulary - TOKENS_BESIDE_LANGUAGES;
        return languages > 98 ? languages : 0;
    }

    /**
     * @param name for messages
     * @throws ModelTruncated if it ends before it should
     * @throws ModelUnreadable if it is something else, or goes on after it should end
     */
    static GgmlFile check(Path name, MemorySegment file) {
        Cursor cursor = new Cursor(name, file);
        int magic = cursor.nextInt("the magic number");
        if (magic != MAGIC) {
            throw new ModelUnreadable(name + ": expected a ggml file, which begins with " + Integer.toHexString(MAGIC)
                    + ", got " + Integer.toHexString(magic));
        }
        int[] parameters = new int[HYPERPARAMETERS];
        for (int i = 0; i < HYPERPARAMETERS; i++) {
            parameters[i] = cursor.nextCount("the hyperparameters");
        }
        int audioLayers = parameters[4];
        int textLayers = parameters[8];
        int bands = cursor.nextCount("the mel filters");
        int width = cursor.nextCount("the mel filters");
        cursor.skip(4L * bands * width, "the mel filters");
        for (int words = cursor.nextCount("the vocabulary"); words > 0; words--) {
            cursor.skip(cursor.nextCount("the vocabulary"), "the vocabulary");
        }
        int tensors = 0;
        while (cursor.hasMore()) {
            skipTensor(name, cursor);
            tensors++;
        }
        int expected = expectedTensors(audioLayers, textLayers);
        if (tensors < expected) {
            throw new ModelTruncated(
                    name + ": expected " + expected + " tensors, the file ends after " + tensors + " of them");
        }
        if (tensors > expected) {
            throw new ModelUnreadable(name + ": expected " + expected + " tensors, got " + tensors);
        }
        return new GgmlFile(parameters[0], audioLayers, textLayers, parameters[9], tensors);
    }

    /** Positions, two convolutions and the end of the encoder, both embeddings and the end of the decoder; then the layers. */
    private static int expectedTensors(int audioLayers, int textLayers) {
        return 11 + 15 * audioLayers + 24 * textLayers;
    }

    private static void skipTensor(Path name, Cursor cursor) {
        int dimensions = cursor.nextCount("a tensor");
        int nameLength = cursor.nextCount("a tensor");
        int type = cursor.nextCount("a tensor");
        long weights = 1;
        for (int i = 0; i < dimensions; i++) {
            weights *= cursor.nextCount("a tensor");
        }
        String tensor = cursor.nextString(nameLength);
        Block block = BLOCKS.get(type);
        if (block == null) {
            throw new ModelUnreadable(name + ": tensor " + tensor + ": unknown type " + type);
        }
        cursor.skip(weights / block.weights * block.bytes, "tensor " + tensor);
    }

    /** A place in the file. Files are little-endian and nothing in them is aligned. */
    private static final class Cursor {
        private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        private final Path name;
        private final MemorySegment file;
        private long position;

        Cursor(Path name, MemorySegment file) {
            this.name = name;
            this.file = file;
        }

        boolean hasMore() {
            return position < file.byteSize();
        }

        void skip(long bytes, String what) {
            if (bytes > file.byteSize() - position) {
                throw new ModelTruncated(name + ": " + what + " ends at byte " + (position + bytes) + ", the file has "
                        + file.byteSize() + " bytes");
            }
            position += bytes;
        }

        int nextInt(String what) {
            long at = position;
            skip(INT.byteSize(), what);
            return file.get(INT, at);
        }

        int nextCount(String what) {
            int count = nextInt(what);
            if (count < 0 || count > LARGEST_COUNT) {
                throw new ModelUnreadable(name + ": " + what + ": expected a number from 0 to " + LARGEST_COUNT
                        + " at byte " + (position - INT.byteSize()) + ", got " + count);
            }
            return count;
        }

        String nextString(int length) {
            long at = position;
            skip(length, "the name of a tensor");
            byte[] bytes = file.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
