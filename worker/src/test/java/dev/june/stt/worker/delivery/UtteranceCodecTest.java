package dev.june.stt.worker.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.june.stt.worker.delivery.UtteranceCodec.MalformedUtterance;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class UtteranceCodecTest {
    private final UtteranceCodec codec = new UtteranceCodec(JsonMapper.shared());

    @Test
    void anUtteranceComesBackAsItWas() {
        SealedUtterance sealed = Utterances.sealed("key-1", Utterances.tone(16_000));

        byte[] spooled = codec.encode(sealed);
        NumberedUtterance read = codec.decode(codec.numbered(spooled, "TR_a-000007", 9));

        assertThat(codec.sealedHeader(spooled)).isEqualTo(sealed.header());
        assertThat(read.header()).isEqualTo(new NumberedUtterance.Header("TR_a-000007", 9, sealed.header(), null));
        assertThat(read.samples()).isEqualTo(sealed.samples());
    }

    @Property(tries = 200)
    void anySamplesComeBack(@ForAll @Size(max = 5_000) short[] samples) {
        assertThat(AudioCodec.decompress(AudioCodec.compress(samples), samples.length))
                .isEqualTo(samples);
    }

    @Test
    void theLongestUtteranceOfNoiseFitsIntoAMessage() {
        short[] noise = new short[28 * 16_000 + 512];
        new java.util.Random(1).ints(noise.length).forEach(new java.util.function.IntConsumer() {
            private int at;

            @Override
            public void accept(int value) {
                noise[at++] = (short) value;
            }
        });

        assertThat(codec.encode(Utterances.sealed("TR_a-000001", noise)).length).isLessThan(1_000_000);
    }

    @Test
    void aCutMessageIsRefused() {
        byte[] whole =
                codec.numbered(codec.encode(Utterances.sealed("key-1", Utterances.tone(16_000))), "TR_a-000001", 1);
        for (int length : new int[] {0, 3, 8, 20, whole.length / 2, whole.length - 20}) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> codec.decode(cut)).as("%d bytes", length).isInstanceOf(MalformedUtterance.class);
        }
    }

    @Property(tries = 500)
    void arbitraryBytesAreRefusedAndNothingElseHappens(@ForAll byte[] bytes) {
        assertThatThrownBy(() -> codec.decode(bytes)).isInstanceOf(MalformedUtterance.class);
    }
}
