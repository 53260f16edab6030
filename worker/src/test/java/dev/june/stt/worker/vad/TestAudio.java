package dev.june.stt.worker.vad;

import static dev.june.stt.worker.vad.SpeechDetector.WINDOW_SAMPLES;

import dev.june.stt.testing.Speech;
import dev.june.stt.worker.audio.Pcm;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/** What a microphone may send: speech, clean and spoilt, and the sounds that are none. The same at every run. */
record TestAudio(String name, short[] samples) {
    private static final double[] CHORDS_HZ = {220, 261.6, 329.6, 440, 196, 246.9, 293.7, 392};

    static Stream<TestAudio> everyKind(int windows) {
        return Stream.concat(speech(windows), noSpeech(windows));
    }

    static TestAudio of(Speech speech) {
        return new TestAudio(speech.id(), speech.samples());
    }

    static TestAudio silence(int windows) {
        return generated("silence", windows, _ -> 0);
    }

    int windows() {
        return samples.length / WINDOW_SAMPLES;
    }

    short[] window(int index) {
        return Arrays.copyOfRange(samples, index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES);
    }

    @Override
    public String toString() {
        return name;
    }

    /** All recordings in a row, over and over: many voices and languages, in one track. */
    private static Stream<TestAudio> speech(int windows) {
        short[] all = new short[0];
        for (Speech recording : Speech.all()) {
            int end = all.length;
            all = Arrays.copyOf(all, end + recording.samples().length);
            System.arraycopy(recording.samples(), 0, all, end, recording.samples().length);
        }
        short[] voices = all;
        Random random = new Random(1);
        IntToDoubleFunction clean = i -> voices[i % voices.length];
        return Stream.of(
                generated("speech", windows, clean),
                generated("speech, clipped", windows, i -> 20 * clean.applyAsDouble(i)),
                generated("speech, very quiet", windows, i -> clean.applyAsDouble(i) / 500),
                generated("speech in noise", windows, i -> clean.applyAsDouble(i) + 1_500 * random.nextGaussian()),
                generated("speech over music", windows, i -> clean.applyAsDouble(i) + music(i) / 4),
                generated("speech with holes", windows, i -> i % 5_000 < 700 ? 0 : clean.applyAsDouble(i)));
    }

    private static Stream<TestAudio> noSpeech(int windows) {
        Random random = new Random(2);
        return Stream.of(
                silence(windows),
                generated("one bit of noise", windows, _ -> random.nextInt(3) - 1),
                generated("noise", windows, _ -> 3_000 * random.nextGaussian()),
                generated("the loudest noise", windows, _ -> random.nextBoolean() ? 1e6 : -1e6),
                generated("bursts of noise", windows, i -> i % 9_000 < 2_000 ? 8_000 * random.nextGaussian() : 0),
                generated("hum", windows, i -> 6_000 * sine(50, i) + 3_000 * sine(150, i)),
                generated("full square wave", windows, i -> 1e6 * sine(200, i)),
                generated("siren", windows, i -> 20_000 * Math.sin(0.4 * i + 3_000 * sine(0.5, i))),
                generated("music", windows, TestAudio::music),
                generated("clicks", windows, i -> i % 4_000 == 0 ? 32_767 : 0),
                generated("lowest value", windows, _ -> -1e6));
    }

    /** Values beyond 16 bit are clipped, as a converter does. */
    private static TestAudio generated(String name, int windows, IntToDoubleFunction value) {
        short[] samples = new short[windows * WINDOW_SAMPLES];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) Math.clamp(Math.round(value.applyAsDouble(i)), Short.MIN_VALUE, Short.MAX_VALUE);
        }
        return new TestAudio(name, samples);
    }

    /** Plucked chords of three notes with overtones. */
    private static double music(int sample) {
        int chord = sample / 6_000;
        double loudness = 5_000 * Math.exp(-(sample % 6_000) / 3_000.0);
        double value = 0;
        for (int note = 0; note < 3; note++) {
            for (int overtone = 1; overtone <= 5; overtone++) {
                value +=
                        loudness / overtone * sine(CHORDS_HZ[(chord + 2 * note) % CHORDS_HZ.length] * overtone, sample);
            }
        }
        return value;
    }

    private static double sine(double hertz, int sample) {
        return Math.sin(2 * Math.PI * hertz * sample / Pcm.SAMPLE_RATE_HZ);
    }
}
