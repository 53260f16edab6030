package dev.june.stt.worker.room;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.june.stt.transcript.Transcript.Language;
import dev.june.stt.worker.recognition.LanguagePolicy;
import dev.june.stt.worker.recognition.Recognition;

/** What the tracks of one participant share. Any thread. */
final class Participant {
    private final String room;
    private final String identity;
    private final String sid;
    private final AudioAllowance allowance;
    private final Figures figures = new Figures();

    @GuardedBy("this")
    private LanguagePolicy.Known known = LanguagePolicy.Known.NOTHING;

    Participant(String room, String identity, String sid, AudioAllowance allowance) {
        this.room = room;
        this.identity = identity;
        this.sid = sid;
        this.allowance = allowance;
    }

    /** Any thread. Whether it may send this block now, too. */
    boolean maySend(short[] samples) {
        return allowance.takes(samples.length, System.nanoTime());
    }

    String room() {
        return room;
    }

    String identity() {
        return identity;
    }

    String sid() {
        return sid;
    }

    Figures figures() {
        return figures;
    }

    /** The language to decode the next words in and how it came to be known; its code is {@code auto} if it is to be detected. */
    synchronized Language language(LanguagePolicy policy, double voicedSeconds) {
        String code = policy.request(known, voicedSeconds);
        if (code.equals(LanguagePolicy.AUTO)) {
            return new Language(code, null, Language.Source.DETECTED);
        }
        return known.locked()
                .filter(locked -> locked.code().equals(code))
                .orElse(new Language(code, null, Language.Source.DECLARED));
    }

    /** What was heard in a decode may settle the language, or raise doubts. */
    synchronized void heard(LanguagePolicy policy, Recognition.Text text, double voicedSeconds, boolean isFinal) {
        known = policy.after(known, text, voicedSeconds, isFinal);
    }
}
