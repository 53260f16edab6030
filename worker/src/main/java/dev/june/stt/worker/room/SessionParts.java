package dev.june.stt.worker.room;

import dev.june.stt.worker.delivery.Ledger;
import dev.june.stt.worker.delivery.Numbering;
import dev.june.stt.worker.delivery.Outbox;
import dev.june.stt.worker.delivery.Speculations;
import dev.june.stt.worker.delivery.TranscriptStore;
import dev.june.stt.worker.recognition.Recognizer;
import dev.june.stt.worker.vad.SpeechDetector;
import java.time.Clock;
import java.util.function.Supplier;

/** What every track needs, shared by all of a worker. */
public record SessionParts(
        String namespace,
        String pipeline,
        String worker,
        SpeechDetector.Factory detectors,
        Supplier<Recognizer> recognizer,
        Supplier<SessionSettings> settings,
        Numbering numbering,
        Outbox outbox,
        Speculations speculations,
        TranscriptStore transcripts,
        Ledger ledger,
        Clock clock) {}
