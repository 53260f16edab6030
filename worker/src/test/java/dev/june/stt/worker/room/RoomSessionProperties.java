package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.delivery.SealedUtterance;
import dev.june.stt.worker.livekit.RoomConnection.LeaveReason;
import dev.june.stt.worker.livekit.RoomConnection.Track;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * What holds for a room whoever comes, speaks and goes, in whatever order: three participants with two tracks each. The tracks' threads
 * run, so when an utterance ends is not given here ({@link HeardTrackProperties} has that); whose it is and that it is one is.
 */
class RoomSessionProperties {
    private static final List<String> TRACKS = List.of("ann/1", "ann/2", "bob/1", "bob/2", "cyd/1", "cyd/2");

    /** What can happen. A stretch lasts some blocks of 20 ms. */
    sealed interface Deed {
        record Start(String track, boolean muted) implements Deed {}

        record Speech(String track, int blocks) implements Deed {}

        record Silence(String track, int blocks) implements Deed {}

        record Mute(String track) implements Deed {}

        record Unmute(String track) implements Deed {}

        record End(String track) implements Deed {}

        record Leave(String identity) implements Deed {}

        /** The whole connection is made anew: everybody seems to leave and comes back. */
        record Reconnect() implements Deed {}
    }

    @Provide
    Arbitrary<List<Deed>> lives() {
        Arbitrary<String> track = Arbitraries.of(TRACKS);
        Arbitrary<Integer> blocks = Arbitraries.integers().between(1, 60);
        return Arbitraries.frequencyOf(List.of(
                        some(
                                6,
                                Combinators.combine(track, Arbitraries.of(false, false, true))
                                        .as(Deed.Start::new)),
                        some(12, Combinators.combine(track, blocks).as(Deed.Speech::new)),
                        some(6, Combinators.combine(track, blocks).as(Deed.Silence::new)),
                        some(1, track.map(Deed.Mute::new)),
                        some(2, track.map(Deed.Unmute::new)),
                        some(1, track.map(Deed.End::new)),
                        some(1, Arbitraries.of("ann", "bob", "cyd").map(Deed.Leave::new)),
                        some(1, Arbitraries.create(Deed.Reconnect::new))))
                .list()
                .ofMinSize(5)
                .ofMaxSize(60);
    }

    private static Tuple.Tuple2<Integer, Arbitrary<Deed>> some(int often, Arbitrary<? extends Deed> deeds) {
        return Tuple.of(often, deeds.map(deed -> deed));
    }

    @Property(tries = 100)
    void everyUtteranceEndsOnceIsItsSpeakersAloneAndNothingIsLeft(
            @ForAll("lives") List<Deed> life, @ForAll LeaveReason reason) throws InterruptedException {
        Played played = new Played();
        life.forEach(played::play);
        played.heard.room.left(reason);
        assertThat(played.heard.room.awaitTracks(Duration.ofMinutes(1))).isTrue();

        List<SealedUtterance> sealed = List.copyOf(played.heard.sealed);
        assertThat(sealed).hasSize((int) played.heard.opened());
        Map<Integer, Integer> samples = new HashMap<>(); // by loudness, which is the block
        Map<String, Double> heardUntil = new HashMap<>();
        for (SealedUtterance utterance : sealed) {
            var origin = utterance.header().origin();
            assertThat(origin.track()).startsWith(origin.participant().identity() + "/");
            assertThat(utterance.header().audioStart())
                    .isGreaterThanOrEqualTo(heardUntil.getOrDefault(origin.track(), 0.0));
            heardUntil.put(
                    origin.track(), utterance.header().audioStart() + utterance.samples().length / 16_000.0 - 1e-6);
            for (short sample : utterance.samples()) {
                int loudness = Math.abs(sample);
                if (loudness > 0) {
                    assertThat(played.saidOn).containsEntry(loudness, origin.track());
                    samples.merge(loudness, 1, Integer::sum);
                }
            }
        }
        assertThat(samples.values()).allMatch(count -> count <= PlayedTrack.BLOCK);

        TRACKS.forEach(track -> assertThat(played.heard.room.audioAccepted(track, new short[PlayedTrack.BLOCK]))
                .isFalse());
        Listened.await(() -> played.heard.sessions.activeTracks() == 0);
        assertThat(played.heard.sessions.activeParticipants()).isZero();
        assertThat(played.heard.detectors.open).hasValue(0);
        assertThat(played.heard.sealed).hasSize(sealed.size());
    }

    /** Each block of speech is as loud as no other of the room, so that a sample says who said it. */
    private static final class Played {
        final Listened heard = new Listened();
        final Map<Integer, String> saidOn = new HashMap<>();
        private final Set<String> here = new HashSet<>();
        private int loudness = 1_001;

        void play(Deed deed) {
            switch (deed) {
                case Deed.Start(String track, boolean muted) -> start(track, muted);
                case Deed.Speech(String track, int blocks) -> {
                    for (int i = 0; i < blocks && here.contains(track); i++) {
                        saidOn.put(loudness, track);
                        block(track, loudness++);
                    }
                }
                case Deed.Silence(String track, int blocks) -> {
                    for (int i = 0; i < blocks && here.contains(track); i++) {
                        block(track, 0);
                    }
                }
                case Deed.Mute(String track) -> heard.room.trackMuted(track);
                case Deed.Unmute(String track) -> heard.room.trackUnmuted(track);
                case Deed.End(String track) -> end(track);
                case Deed.Leave(String identity) -> leave(identity);
                case Deed.Reconnect _ -> {
                    Set<String> before = Set.copyOf(here);
                    before.forEach(this::end);
                    List.of("ann", "bob", "cyd").forEach(heard.room::participantLeft);
                    before.forEach(track -> start(track, false));
                }
            }
        }

        private void start(String track, boolean muted) {
            if (here.add(track)) {
                String identity = track.substring(0, 3);
                heard.room.trackStarted(new Track(track, identity, "PA_" + identity, muted));
            }
        }

        private void end(String track) {
            if (here.remove(track)) {
                heard.room.trackEnded(track);
            }
        }

        private void leave(String identity) {
            TRACKS.stream().filter(track -> track.startsWith(identity)).forEach(this::end);
            heard.room.participantLeft(identity);
        }

        private void block(String track, int level) {
            short[] block = new short[PlayedTrack.BLOCK];
            for (int i = 0; i < block.length; i++) {
                block[i] = (short) (i % 2 == 0 ? level : -level);
            }
            while (!heard.room.audioAccepted(track, block)) {
                Thread.onSpinWait(); // its thread is behind
            }
        }
    }
}
