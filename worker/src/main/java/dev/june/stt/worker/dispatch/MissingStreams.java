package dev.june.stt.worker.dispatch;

/** What is done when a stream or consumer of the webhook is not there: nothing where an operator makes it. */
public interface MissingStreams {
    void make() throws InterruptedException;
}
