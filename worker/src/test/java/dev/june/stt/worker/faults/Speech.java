package dev.june.stt.worker.faults;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Origin;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.DecodeRequest.SpeechEvidence;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.Recognition;
import java.time.Instant;
import java.util.UUID;

/** Speech whose samples say what was said, and a recognizer that understands it. */
public final class Speech {
    public static final String NAMESPACE = "team-a";
    public static final String PIPELINE = "meetings";
    public static final String ROOM = "daily";

    private static final int DIGIT = 1 << 14;
    private static final int LENGTH = 1_600;

    private Speech() {}

    /** As a listener seals it: a key of its own each time. */
    public static SealedUtterance sealed(Said said, String listener, Instant began) {
        SealedUtterance.Header header = new SealedUtterance.Header(
                UUID.randomUUID().toString(),
                new Origin(
                        NAMESPACE,
                        PIPELINE,
                        ROOM,
                        new Origin.Participant(said.participant(), "PA_" + said.participant()),
                        "TR_" + said.participant()),
                said.at(),
                new Transcript.Speech(began.toString(), began.plusMillis(100).toString(), said.at(), said.at() + 0.1),
                EndReason.SILENCE,
                new SpeechEvidence(0.1, 0.9),
                new Transcript.Language("en", null, Transcript.Language.Source.DECLARED),
                1,
                "",
                began.plusMillis(100),
                began.plusMillis(200),
                listener,
                false,
                null,
                null);
        return new SealedUtterance(header, samples(said));
    }

    static Recognition understood(DecodeRequest request) {
        short[] samples = request.samples();
        long at = samples[1] + (long) samples[2] * DIGIT;
        return FakeRecognizer.text(new Said("p" + samples[0], at).text());
    }

    private static short[] samples(Said said) {
        short[] samples = new short[LENGTH];
        samples[0] = Short.parseShort(said.participant().substring(1));
        samples[1] = (short) (said.at() % DIGIT);
        samples[2] = (short) (said.at() / DIGIT);
        return samples;
    }

    /** Understands {@link #sealed}. */
    public static FakeRecognizer recognizer() {
        return new FakeRecognizer(Speech::understood);
    }
}
