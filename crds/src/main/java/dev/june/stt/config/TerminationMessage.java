package dev.june.stt.config;

/**
 * Why a worker ended by itself: one line of JSON that it writes to {@link #PATH} before it exits with an error. Kubernetes keeps
 * it in the pod's status, and the operator shows it on the pipeline.
 *
 * @param reason the kind of failure in CamelCase, for example {@code ModelDigestMismatch}
 * @param message what was expected and what was found, for people
 */
public record TerminationMessage(String reason, String message) {
    /** Kubernetes' default {@code terminationMessagePath}. */
    public static final String PATH = "/dev/termination-log";
}
