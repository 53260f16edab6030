package dev.june.stt.worker.utterance;

import static dev.june.stt.worker.utterance.Played.ms;
import static dev.june.stt.worker.utterance.Played.play;
import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.transcript.EndReason;
import dev.june.stt.worker.utterance.UtteranceEffect.Ended;
import dev.june.stt.worker.utterance.UtteranceEffect.Opened;
import dev.june.stt.worker.utterance.UtteranceEffect.PartialDue;
import dev.june.stt.worker.utterance.UtteranceEffect.Paused;
import dev.june.stt.worker.utterance.UtteranceEffect.Resumed;
import org.junit.jupiter.api.Test;

class EndpointingTest {
    @Test
    void silenceAfterSpeechEndsTheUtterance() {
        var played = play().silence(640).speech(960).silence(960);

        assertThat(played.effects(Opened.class)).containsExactly(new Opened(ms(640 - 400)));
        assertThat(played.effects(Ended.class)).singleElement().satisfies(ended -> {
            assertThat(ended.from()).isEqualTo(ms(240));
            assertThat(ended.speechStart()).isEqualTo(ms(640));
            assertThat(ended.speechEnd()).isEqualTo(ms(1600));
            assertThat(ended.to()).isEqualTo(ms(1600 + 200));
            assertThat(ended.reason()).isEqualTo(EndReason.SILENCE);
            assertThat(ended.evidence().voiced()).isEqualTo(ms(960));
        });
    }

    @Test
    void speechThatResumesBeforeTheEndpointStaysOneUtterance() {
        var played = play().speech(960).silence(480).speech(960).silence(960);

        assertThat(played.effects(Opened.class)).hasSize(1);
        assertThat(played.effects(Ended.class)).singleElement().satisfies(ended -> {
            assertThat(ended.speechStart()).isZero();
            assertThat(ended.speechEnd()).isEqualTo(ms(2400));
        });
    }

    @Test
    void aPauseAnnouncesExactlyTheStretchThatTheUtteranceWillBe() {
        var played = play().speech(960).silence(960);

        Paused paused = played.only(Paused.class);
        Ended ended = played.only(Ended.class);
        assertThat(paused.from()).isEqualTo(ended.from());
        assertThat(paused.to()).isEqualTo(ended.to());
        assertThat(paused.evidence()).isEqualTo(ended.evidence());
    }

    @Test
    void whatWasAnnouncedIsWithdrawnWhenSpeechResumes() {
        var played = play().speech(960).silence(320).speech(320).silence(960);

        assertThat(played.effects(Resumed.class)).hasSize(1);
        assertThat(played.effects(Paused.class)).hasSize(2);
    }

    @Test
    void aSoundTooShortToBeSpeechOpensNothing() {
        assertThat(play().speech(96, 0.6).silence(960).effects()).isEmpty();
    }

    @Test
    void aShortButClearWordIsAnUtterance() {
        assertThat(play().speech(128, 0.95).silence(960).effects(Ended.class)).hasSize(1);
    }

    @Test
    void aTrackThatEndsInTheMiddleOfAWordEndsTheUtterance() {
        var played = play().speech(960).close(EndReason.TRACK_ENDED);

        assertThat(played.only(Ended.class).reason()).isEqualTo(EndReason.TRACK_ENDED);
        assertThat(played.only(Ended.class).to()).isEqualTo(ms(960));
    }

    @Test
    void aTrackThatEndsInSilenceEndsNothing() {
        assertThat(play().speech(960)
                        .silence(960)
                        .close(EndReason.PARTICIPANT_LEFT)
                        .effects(Ended.class))
                .hasSize(1);
    }

    @Test
    void audioBeforeAnUtteranceIsNotTakenFromTheOneBefore() {
        var played = play().speech(960).silence(640).speech(960).silence(960);

        assertThat(played.effects(Ended.class)).hasSize(2);
        Ended first = played.effects(Ended.class).getFirst();
        Ended second = played.effects(Ended.class).getLast();
        assertThat(second.from()).isGreaterThanOrEqualTo(first.to());
    }

    @Test
    void longSpeechIsCutAtItsQuietestMoment() {
        var played = play().speech(23_040).speech(320, 0.4).speech(9_600).silence(960);

        assertThat(played.effects(Ended.class)).hasSize(2);
        Ended first = played.effects(Ended.class).getFirst();
        Ended second = played.effects(Ended.class).getLast();
        assertThat(first.reason()).isEqualTo(EndReason.MAX_LENGTH);
        assertThat(first.to()).isBetween(ms(23_040), ms(23_040 + 640));
        assertThat(second.from()).isEqualTo(first.to());
        assertThat(second.reason()).isEqualTo(EndReason.SILENCE);
        assertThat(first.evidence().voiced() + second.evidence().voiced()).isEqualTo(ms(23_040 + 320 + 9_600));
    }

    @Test
    void partialsBecomeDueAsSpeechGoesOn() {
        var played = play().speech(3_200).silence(960);

        assertThat(played.effects(PartialDue.class))
                .extracting(PartialDue::to)
                .containsExactly(ms(800), ms(1824), ms(2848));
    }
}
