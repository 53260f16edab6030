package dev.june.stt.worker.delivery;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.recognition.DecodeRequest;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Utterances for tests. */
public final class Utterances {
    static final Instant NOW = Instant.parse("2026-01-01T10:00:00Z");

    private Utterances() {}

    public static SealedUtterance sealed(String key, short[] samples) {
        return sealed(key, samples, "worker-1", false);
    }

    static SealedUtterance sealed(String key, short[] samples, String heardBy, boolean direct) {
        return new SealedUtterance(
                new SealedUtterance.Header(
                        key,
                        new Origin("team-a", "meetings", "daily", new Origin.Participant("ann", "PA_1"), "TR_a"),
                        0.5,
                        new Transcript.Speech(NOW.toString(), NOW.plusSeconds(1).toString(), 1, 2),
                        EndReason.SILENCE,
                        new DecodeRequest.SpeechEvidence(1, 0.9),
                        new Transcript.Language("en", null, Transcript.Language.Source.DECLARED),
                        1,
                        "",
                        NOW.plusSeconds(1),
                        NOW.plusMillis(1_600),
                        heardBy,
                        direct,
                        null,
                        null),
                samples);
    }

    static DecodeRequest request(SealedUtterance utterance) {
        return new DecodeRequest(
                "TR_a-000001",
                DecodeRequest.Priority.SPECULATIVE,
                utterance.samples(),
                "en",
                List.of(),
                List.of(),
                utterance.header().evidence());
    }

    /** As it is in the UTTERANCES stream. */
    public static byte[] payload(String id, int sequence, short[] samples) {
        UtteranceCodec codec = new UtteranceCodec(JsonMapper.shared());
        return codec.numbered(codec.encode(sealed("key-" + sequence, samples)), id, sequence);
    }

    public static short[] tone(int count) {
        short[] samples = new short[count];
        for (int i = 0; i < count; i++) {
            samples[i] = (short) (8_000 * Math.sin(i * 0.1));
        }
        return samples;
    }
}
