package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.recognition.Clips;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.DecodeRequest.Priority;
import dev.june.stt.worker.recognition.Models;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.recognition.Sounds;
import dev.june.stt.worker.recognition.WordErrors;
import dev.june.stt.worker.vad.SileroDetector;
import dev.june.stt.worker.vad.SpeechDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole way of a track, from samples to words, with what is no speech or hardly to be heard. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class NoiseIT {
    private static final double SECONDS = 1_800;

    @Test
    void halfAnHourOfManyKindsOfSoundHasAtMostOneFinal() throws InterruptedException {
        List<String> invented = new ArrayList<>();
        int utterances = 0;
        double heard = 0;
        try (SpeechDetector.Factory detectors = SileroDetector.factory(Setup.path("silero.model"));
                Recognizer recognizer = Models.recognizer(Models.BASE, 2)) {
            for (long seed = 1; heard < SECONDS; seed++) {
                double seconds = 5 + seed * 7.3 % 16;
                for (Map.Entry<String, short[]> sound :
                        Sounds.all(seconds, seed).entrySet()) {
                    for (SealedUtterance utterance : utterances(detectors, sound.getValue())) {
                        utterances++;
                        String text = text(recognizer, utterance);
                        if (!text.isEmpty()) {
                            invented.add(sound.getKey() + ", seed " + seed + ": " + text);
                        }
                    }
                    heard += seconds;
                }
            }
        }
        System.out.printf("%.0f s of sounds: %d utterances, invented: %s%n", heard, utterances, invented);
        assertThat(invented).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void clippedAndVeryQuietSpeechGivesTheWordsThatWereSaidOrNone() throws InterruptedException {
        try (SpeechDetector.Factory detectors = SileroDetector.factory(Setup.path("silero.model"));
                Recognizer recognizer = Models.recognizer(Models.BASE, 2)) {
            for (double gain : List.of(30.0, 0.03)) {
                for (Speech clip : Clips.shortOnes(4)) {
                    StringBuilder text = new StringBuilder();
                    for (SealedUtterance utterance : utterances(detectors, amplified(clip.samples(), gain))) {
                        text.append(text(recognizer, utterance)).append(' ');
                    }
                    if (!text.toString().isBlank()) {
                        assertThat(WordErrors.of(clip.reference(), text.toString())
                                        .rate())
                                .as("%s, %s times as loud: %s", clip.id(), gain, text)
                                .isLessThan(0.5);
                    }
                }
            }
        }
    }

    private static List<SealedUtterance> utterances(SpeechDetector.Factory detectors, short[] samples)
            throws InterruptedException {
        try (PlayedTrack played = new PlayedTrack(detectors)) {
            played.hear(samples);
            played.hear(new short[16_000]);
            played.end(EndReason.TRACK_ENDED);
            return played.sealed;
        }
    }

    /** Nothing if it was discarded; a failure is none here. */
    private static String text(Recognizer recognizer, SealedUtterance utterance) {
        Recognition recognition = recognizer
                .submit(new DecodeRequest(
                        utterance.header().key(),
                        Priority.FINAL,
                        utterance.samples(),
                        "en",
                        List.of(),
                        List.of(),
                        utterance.header().evidence()))
                .result()
                .join();
        return recognition instanceof Recognition.Text text ? text.text() : "";
    }

    private static short[] amplified(short[] samples, double gain) {
        short[] louder = new short[samples.length];
        for (int i = 0; i < samples.length; i++) {
            louder[i] = (short) Math.clamp(Math.round(samples[i] * gain), Short.MIN_VALUE, Short.MAX_VALUE);
        }
        return louder;
    }
}
