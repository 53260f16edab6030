package dev.june.stt.worker.room;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.transcript.Transcript;
import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.recognition.DecodeRequest;
import dev.june.stt.worker.recognition.FakeRecognizer;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.recognition.Recognition;
import dev.june.stt.worker.room.HeardTrackProperties.Deed;
import dev.june.stt.worker.vad.SpeechDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/** A track's life on one thread and a clock of its own. Each block of speech is as loud as no other, so that a sample says where it is from. */
final class PlayedTrack implements AutoCloseable {
    static final int BLOCK = 320;

    /** Blocks that make an utterance wherever windows begin: 250 ms and a window at each side. */
    static final int SURELY_SPEECH = 16;

    private static final long BLOCK_NANOS = Duration.ofMillis(20).toNanos();
    private static final int QUIETEST = 1_001;

    final List<SealedUtterance> sealed = new ArrayList<>();
    final List<Sent> partials = new ArrayList<>();
    final Set<Integer> whileMuted = new HashSet<>();

    /** By loudness, which stretch a block of speech is of; how many blocks each stretch has. */
    final Map<Integer, Integer> stretchOf = new HashMap<>();

    final Map<Integer, Integer> stretches = new HashMap<>();

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Queue<TrackInput> answers = new ArrayDeque<>();
    private final SpeechDetector.Factory detectors;
    private final HeardTrack track;
    private long nanos;
    private int loudness = QUIETEST;
    private int stretch;
    private boolean muted;

    /** A partial, and how many utterances were opened and over when it was sent. */
    record Sent(Transcript.Partial partial, long opened, int sealed) {}

    private PlayedTrack() {
        this(new LoudnessDetector());
    }

    PlayedTrack(SpeechDetector.Factory detectors) {
        this.detectors = detectors;
        FakeRecognizer recognizer = new FakeRecognizer(this::heard);
        SessionParts parts = new SessionParts(
                "team-a",
                "meetings",
                "worker-1",
                detectors,
                () -> recognizer,
                () -> new SessionSettings(
                        1, Listened.RULES, Duration.ofMillis(100), new LanguagePolicy("en", List.of()), List.of(), ""),
                (_, _, _) -> 7,
                sealed::add,
                partial -> partials.add(new Sent(partial, (long) opened(), sealed.size())),
                new Speculations(),
                new Ledger(metrics),
                Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC));
        track = new HeardTrack(
                "TR_a",
                new Participant("daily", "ann", "PA_1", new AudioAllowance(2, 0)),
                false,
                7,
                parts,
                new SessionMetrics(metrics),
                () -> nanos,
                answers::add);
    }

    static PlayedTrack of(List<Deed> life) throws InterruptedException {
        PlayedTrack played = new PlayedTrack();
        for (Deed deed : life) {
            played.play(deed);
        }
        return played;
    }

    void end(EndReason reason) throws InterruptedException {
        track.handle(new TrackInput.End(reason));
    }

    /** What was asked for before comes back now. */
    void answerEverything() throws InterruptedException {
        for (TrackInput answer = answers.poll(); answer != null; answer = answers.poll()) {
            track.handle(answer);
        }
    }

    void hear(short[] samples) throws InterruptedException {
        for (int from = 0; from < samples.length; from += BLOCK) {
            nanos += BLOCK_NANOS;
            track.handle(new TrackInput.Audio(
                    Arrays.copyOfRange(samples, from, Math.min(samples.length, from + BLOCK)), nanos));
        }
    }

    double opened() {
        return utterances("opened");
    }

    double lost() {
        return utterances("lost");
    }

    double open() {
        return metrics.get("stt_utterances_open").gauge().value();
    }

    @Override
    public void close() {
        track.close();
    }

    private void play(Deed deed) throws InterruptedException {
        switch (deed) {
            case Deed.Speech(int blocks) -> speech(blocks);
            case Deed.Silence(int blocks) -> {
                for (int i = 0; i < blocks; i++) {
                    block(0);
                }
                stretch++;
            }
            case Deed.Nothing(int blocks) -> nothing(blocks);
            case Deed.Mute _ -> {
                track.handle(new TrackInput.Muted());
                muted = true;
                stretch++;
            }
            case Deed.Unmute _ -> {
                track.handle(new TrackInput.Unmuted());
                muted = false;
                stretch++;
            }
            case Deed.Reconnect(int blocks, boolean comesBackMuted) -> {
                track.handle(new TrackInput.Detached(EndReason.TRACK_ENDED));
                track.handle(new TrackInput.Detached(EndReason.PARTICIPANT_LEFT));
                nothing(blocks);
                track.handle(new TrackInput.Attached());
                play(comesBackMuted ? new Deed.Mute() : new Deed.Unmute());
            }
            case Deed.Defect _ -> ((LoudnessDetector) detectors).breakOnce();
        }
    }

    private void speech(int blocks) throws InterruptedException {
        for (int i = 0; i < blocks; i++) {
            if (muted) {
                whileMuted.add(loudness);
            } else {
                stretchOf.put(loudness, stretch);
                stretches.merge(stretch, 1, Integer::sum);
            }
            block(loudness++);
        }
    }

    private void nothing(int blocks) throws InterruptedException {
        for (int i = 0; i < blocks; i++) {
            nanos += BLOCK_NANOS;
            handle(null);
        }
        stretch++;
    }

    private void block(int level) throws InterruptedException {
        short[] block = new short[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            block[i] = (short) (i % 2 == 0 ? level : -level);
        }
        nanos += BLOCK_NANOS;
        handle(new TrackInput.Audio(block, nanos));
        if (loudness % 7 == 0) { // decodes take some blocks
            answerEverything();
        }
    }

    private void handle(@org.jspecify.annotations.Nullable TrackInput input) throws InterruptedException {
        try {
            track.handle(input);
        } catch (LoudnessDetector.Broken e) {
            track.recover();
        }
    }

    /** Words that change at the end, as those of real decodes do. */
    private Recognition heard(DecodeRequest request) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < request.samples().length / 8_000; i++) {
            text.append("w").append(i).append(' ');
        }
        return FakeRecognizer.words(text.append(request.samples().length % 3).toString());
    }

    private double utterances(String state) {
        return metrics.get("stt_utterances_total").tag("state", state).counter().count();
    }
}
