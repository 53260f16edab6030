package dev.june.stt.worker.lifecycle;

import java.nio.file.Path;
import java.time.Duration;

/** Settings of a standalone worker that finds everything in one folder. */
final class TestSettings {
    private TestSettings() {}

    static WorkerSettings of(Path folder, Path secrets, Duration drain) {
        return new WorkerSettings(
                folder,
                "w-0",
                secrets,
                folder,
                folder,
                folder,
                folder,
                true,
                folder,
                new WorkerSettings.Livekit(folder),
                new WorkerSettings.Silero(folder),
                new WorkerSettings.Whisper(null),
                new WorkerSettings.Drain(drain));
    }
}
