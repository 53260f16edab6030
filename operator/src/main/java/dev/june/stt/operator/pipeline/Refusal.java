package dev.june.stt.operator.pipeline;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/** Tells a refusal by the API server, which somebody has to mend, from a failure that passes. Pure. */
public final class Refusal {
    private static final int UNPROCESSABLE = 422;

    private Refusal() {}

    public static boolean isRefusal(Exception e) {
        return of(e).isPresent();
    }

    static Optional<Finding> of(Exception e) {
        return switch (e) {
            case PipelineObject.NameTaken taken ->
                Optional.of(finding("NameTaken", String.valueOf(taken.getMessage())));
            case KubernetesClientException refused
            when refused.getCode() == HttpURLConnection.HTTP_FORBIDDEN ->
                Optional.of(finding(
                        "Forbidden",
                        "The API server does not let the operator do what is needed: " + said(refused)
                                + " Check its role, and quotas and policies of the namespace."));
            case KubernetesClientException refused
            when refused.getCode() == UNPROCESSABLE ->
                Optional.of(finding(
                        "ObjectRefused", "The API server refuses an object of this pipeline: " + said(refused)));
            default -> Optional.empty();
        };
    }

    private static String said(KubernetesClientException e) {
        return e.getStatus() != null && e.getStatus().getMessage() != null
                ? e.getStatus().getMessage() + "."
                : "code " + e.getCode() + ".";
    }

    private static Finding finding(String reason, String message) {
        return new Finding(ConditionType.DEGRADED, Finding.Kind.PROBLEM, reason, message);
    }
}
