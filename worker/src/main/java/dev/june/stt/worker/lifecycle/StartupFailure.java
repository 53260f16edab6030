package dev.june.stt.worker.lifecycle;

import dev.june.stt.worker.recognition.whisper.ModelException;
import java.nio.file.Path;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.ApplicationListener;

/**
 * Says why a worker could not start: to a person at the terminal in two sentences, to the operator through the termination message. Knows the
 * failures that a user can mend; of all others the stack trace speaks.
 */
public final class StartupFailure implements FailureAnalyzer, ApplicationListener<ApplicationFailedEvent> {
    @Override
    public void onApplicationEvent(ApplicationFailedEvent event) {
        Path file = event.getApplicationContext() == null
                ? Path.of("/dev/termination-log")
                : Path.of(event.getApplicationContext()
                        .getEnvironment()
                        .getProperty("june.termination-message", "/dev/termination-log"));
        Throwable cause = event.getException();
        while (cause.getCause() != null && !isKnown(cause)) {
            cause = cause.getCause();
        }
        String message = String.valueOf(cause.getMessage());
        TerminationLog.write(
                file,
                switch (cause) {
                    case ModelException model -> model.reason();
                    case ConfigDocument.InvalidConfig _ -> "InvalidConfiguration";
                    default -> "StartFailed";
                },
                message.length() <= 1_000 ? message : message.substring(0, 1_000));
    }

    @Override
    public @org.jspecify.annotations.Nullable FailureAnalysis analyze(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (isKnown(cause)) {
                return new FailureAnalysis(
                        String.valueOf(cause.getMessage()),
                        "Mend what the sentence above names and start again.",
                        cause);
            }
        }
        return null;
    }

    private static boolean isKnown(Throwable cause) {
        return cause instanceof ModelException || cause instanceof ConfigDocument.InvalidConfig;
    }
}
