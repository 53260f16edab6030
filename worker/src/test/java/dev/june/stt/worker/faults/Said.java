package dev.june.stt.worker.faults;

/**
 * Something that was said and has to come out once.
 *
 * @param at where its speech begins in the participant's track, in seconds: tells it from everything else that the participant says
 */
public record Said(String participant, long at) {
    public String text() {
        return "said " + at + " by " + participant;
    }
}
