package dev.june.stt.operator.streams;

import io.nats.client.AuthenticationException;
import io.nats.client.JetStreamApiException;
import io.nats.client.RequestFailureException;
import io.nats.client.RequestFailureReason;
import javax.net.ssl.SSLException;

/**
 * Why the streams of a pipeline are not as they should be.
 *
 * @param reason in CamelCase, for conditions
 * @param message what is wrong and what to do
 */
public record Trouble(String reason, String message) {
    static final String UNREACHABLE = "NatsUnreachable";

    /** JetStream's own error numbers; the server keeps them stable. */
    private static final int NOT_ENABLED = 10_076;

    private static final int NOT_ENABLED_FOR_ACCOUNT = 10_039;
    private static final int NO_RESOURCES = 10_023;
    private static final int STORAGE_EXCEEDED = 10_047;
    private static final int MEMORY_EXCEEDED = 10_028;
    private static final int NO_SUITABLE_PEERS = 10_005;
    private static final int REPLICAS_NOT_SUPPORTED = 10_074;
    private static final int SUBJECT_OVERLAP = 10_065;

    /** Whether it could be a passing fault. */
    boolean mayPass() {
        return reason.equals(UNREACHABLE);
    }

    static Trouble of(NatsAccess access, Exception e) {
        if (hasCause(e, AuthenticationException.class)) {
            return new Trouble(
                    "NatsCredentialsRefused",
                    "NATS at " + access + " refuses the credentials. Correct the Secret named by"
                            + " delivery.nats.credentialsSecretRef, or name one if there is none.");
        }
        if (hasCause(e, SSLException.class)) {
            return new Trouble(
                    "NatsCertificateRefused",
                    "NATS at " + access.url() + ": no TLS connection (" + e.getMessage()
                            + "). Put the authority that signed its certificate under ca.crt into the Secret named by"
                            + " delivery.nats.credentialsSecretRef.");
        }
        return switch (e) {
            case NatsConnections.UnusableCredentials unusable ->
                new Trouble(
                        "NatsCredentialsUnusable",
                        unusable.getMessage() + ". Correct the Secret named by delivery.nats.credentialsSecretRef.");
            case JetStreamApiException api -> of(access, api);
            case RequestFailureException request
            when request.getReason() == RequestFailureReason.NO_RESPONDERS ->
                new Trouble(
                        "JetStreamDisabled",
                        "NATS at " + access
                                + " runs without JetStream, or has none for this account. Start the server with"
                                + " JetStream, or enable it for the account.");
            case RequestFailureException request
            when request.getReason() == RequestFailureReason.SERVER_ERROR ->
                new Trouble(
                        "NatsPermissionDenied",
                        "NATS at " + access + " says: " + request.getLastError()
                                + ". The operator's user needs the subjects $JS.API.> and its inbox.");
            default ->
                new Trouble(
                        UNREACHABLE,
                        "NATS at " + access.url() + " does not answer (" + e.getMessage()
                                + "). Check delivery.nats.url, that the server runs with JetStream, and that the operator may"
                                + " reach it. Tried again every few seconds.");
        };
    }

    private static Trouble of(NatsAccess access, JetStreamApiException e) {
        String server =
                "NATS at " + access.url() + " says: " + e.getErrorDescription() + " (" + e.getApiErrorCode() + "). ";
        return switch (e.getApiErrorCode()) {
            case NOT_ENABLED, NOT_ENABLED_FOR_ACCOUNT ->
                new Trouble(
                        "JetStreamDisabled", server + "Start the server with JetStream, or enable it for the account.");
            case NO_RESOURCES, STORAGE_EXCEEDED, MEMORY_EXCEEDED ->
                new Trouble(
                        "NatsStorageExceeded",
                        server + "Give JetStream more storage, or lower delivery.maxQueueBytes.");
            case REPLICAS_NOT_SUPPORTED, NO_SUITABLE_PEERS ->
                new Trouble(
                        "NatsReplicasNotPossible",
                        server + "Set delivery.nats.replicas to at most the number of servers in the NATS cluster.");
            case SUBJECT_OVERLAP ->
                new Trouble(
                        "StreamSubjectsTaken",
                        server + "Another stream has subjects of this pipeline: remove it, or take another namespace"
                                + " or name for the pipeline.");
            default -> new Trouble("StreamsRefused", server + "See the operator's log.");
        };
    }

    private static boolean hasCause(Exception e, Class<? extends Exception> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }
}
